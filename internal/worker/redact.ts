/** Taking secrets out of what is logged: by their values, wherever these turn up. */

import type { Dictionary } from './dictionary.js';
import * as dictionary from './dictionary.js';

/** Stands for a value that was taken out. */
const REDACTED = '[redacted]';

/** Shorter ones stand in every other word, and guard nothing. */
const LEAST_CHARS = 4;

/** Keys that hold a secret also where they stand in a plain file. */
const SECRET_KEY =
  /(?:password|passwd|passphrase|secret|token|api_?key|private_?key|access_?key)s?$/i;

/** Words of an address: no secrets, wherever they stand. */
const PUBLIC_KEYS = new Set(['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGSSLMODE']);

/** `scheme://user:password@`, in whatever text; the lengths are bounded so that none takes long. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/?#]{0,256}):[^\s/?#"'<>]{0,1024}@/gi;

/** Returns what takes the secrets of `config` out of a text. */
export function redactorOf(config: Dictionary): (text: string) => string {
  const values = secretsOf(config).toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text.includes('://') ? text.replace(USER_INFO, '$1:***@') : text;
    for (const value of values) clean = clean.replaceAll(value, REDACTED);
    return clean;
  };
}

function secretsOf(config: Dictionary): readonly string[] {
  const origins = config[dictionary.ORIGINS];
  return Object.entries(config).flatMap(([key, value]) => {
    const isSecret = origins?.get(key)?.isSecret === true || SECRET_KEY.test(key);
    if (!isSecret || PUBLIC_KEYS.has(key) || typeof value !== 'string') return [];
    return value.length >= LEAST_CHARS ? [value] : [];
  });
}
