/** What must hold between keys, or between a key and the world around it. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import type { Config } from './config.js';
import type { Environment } from './home.js';
import type { Key } from './keys.js';
import type { Problem } from './problem.js';

/** Returns what the values in effect, each valid by itself, get wrong together. */
export function violations(config: Config): readonly Problem[] {
  return RULES.flatMap(([key, rule]) => {
    const text = rule(config);
    return text === undefined ? [] : [{ key, place: config.source(key).place, text }];
  });
}

type Rule = (config: Config) => string | undefined;

const RULES: readonly (readonly [Key, Rule])[] = [
  ['limits.memoryHard', hardAboveSoft],
  ['http.tls.cert', (config) => goesWith(config, 'http.tls.cert', 'http.tls.key')],
  ['http.tls.key', (config) => goesWith(config, 'http.tls.key', 'http.tls.cert')],
  ['http.tls.key', privateKey],
  ['http.tls.ca', (config) => goesWith(config, 'http.tls.ca', 'http.tls.cert')],
  ['http.headersTimeout', headersWithinRequest],
  ['health.readyPath', ownPath],
  ['database.lostAfter', lostAfterBeats],
];

function hardAboveSoft(config: Config): string | undefined {
  const soft = config.get('limits.memorySoft');
  const hard = config.get('limits.memoryHard');
  if (hard === 0 || hard > soft) return undefined;
  return '"limits.memoryHard" must be above "limits.memorySoft", which is to be reached first.';
}

function goesWith(config: Config, key: Key, other: Key): string | undefined {
  if (config.get(key) === undefined || config.get(other) !== undefined) return undefined;
  return `"${key}" needs "${other}" beside it.`;
}

function privateKey(config: Config): string | undefined {
  const path = config.get('http.tls.key');
  const mode = path === undefined ? undefined : modeOf(path);
  if (path === undefined || mode === undefined || (mode & 0o077) === 0) return undefined;
  const octal = mode.toString(8).padStart(4, '0');
  return `The private key "${path}" has mode ${octal}; run: chmod 600 ${path}`;
}

/** Who opens the key says that it is missing; here only its mode counts. */
function modeOf(path: string): number | undefined {
  try {
    return fs.statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}

/** Source: Node.js, http.createServer, which throws ERR_OUT_OF_RANGE otherwise. */
function headersWithinRequest(config: Config): string | undefined {
  const headersMs = config.get('http.headersTimeout');
  const requestMs = config.get('http.requestTimeout');
  if (requestMs === 0 || headersMs <= requestMs) return undefined;
  return '"http.headersTimeout" must not be longer than "http.requestTimeout", which contains it.';
}

function ownPath(config: Config): string | undefined {
  if (config.get('health.readyPath') !== config.get('health.livePath')) return undefined;
  return '"health.readyPath" must differ from "health.livePath".';
}

/** One heartbeat may be late and one may be lost, and yet the process is there. */
function lostAfterBeats(config: Config): string | undefined {
  if (config.get('database.lostAfter') >= 3 * config.get('database.beat')) return undefined;
  return '"database.lostAfter" must be at least three times "database.beat".';
}

/**
 * Returns when every variable that `env.required` names is set and not empty.
 *
 * @throws RodentError START_FAILED naming all that are missing at once. Source: R-NIN-53, W-NIN-20.
 */
export function requireVariables(config: Config, env: Environment): void {
  const missing = config.get('env.required').filter((name) => (env[name] ?? '') === '');
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(', ');
  const noun = missing.length === 1 ? 'variable' : 'variables';
  throw new errors.RodentError(
    `Cannot start: the environment lacks the ${noun} ${names}, which ${config.source('env.required').place} requires.`,
    { code: 'START_FAILED', contextData: { missing } },
  );
}
