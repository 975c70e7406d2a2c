/** Taking secrets out of what is logged: by their values, wherever these turn up. */

import * as log from '../log/index.js';
import type { Dictionary } from './dictionary.js';
import * as dictionary from './dictionary.js';

/** Shorter ones stand in every other word, and guard nothing. */
const LEAST_CHARS = 4;

/** Words of an address: no secrets, wherever they stand. */
const PUBLIC_KEYS = new Set(['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGSSLMODE']);

/** Returns what takes the secrets of `config` out of a text, and what looks like one. */
export function redactorOf(config: Dictionary): (text: string) => string {
  const redactor = log.createRedactor();
  const values = secretsOf(config, redactor).toSorted((a, b) => b.length - a.length);
  return (text) =>
    values.reduce((clean, value) => clean.replaceAll(value, log.REDACTED), redactor.text(text));
}

/** Those of the files of secrets, and those of keys named like secrets in plain ones. */
function secretsOf(config: Dictionary, redactor: log.Redactor): readonly string[] {
  const origins = config[dictionary.ORIGINS];
  return Object.entries(config).flatMap(([key, value]) => {
    const isSecret = origins?.get(key)?.isSecret === true || redactor.isSecret(key);
    if (!isSecret || PUBLIC_KEYS.has(key) || typeof value !== 'string') return [];
    return value.length >= LEAST_CHARS ? [value] : [];
  });
}
