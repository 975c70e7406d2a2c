/** Which database a service has. */

import * as config from '../config/index.js';
import type * as postgres from '../postgres/index.js';
import * as scripts from '../scripts/index.js';

/** What a service has: none, a server that others keep, or one of its own. */
export type DatabaseKind = 'off' | 'configured' | 'embedded';

/**
 * Returns which database a service has; `root` is its project's folder. By itself the embedded one is
 * started for worker scripts only.
 */
export function databaseKind(settings: config.Config, root: string): DatabaseKind {
  const mode = settings.get('database');
  if (mode === 'off' || mode === 'embedded') return mode;
  if (config.isDatabaseNamed(settings)) return 'configured';
  return scripts.hasAny(root) ? 'embedded' : 'off';
}

/**
 * For how long (ms) a connection to `address` is tried again while the server is away: the embedded one,
 * the only one whose password is kept in a file of ours, is being started then, or started again.
 */
export function patienceOf(settings: config.Config, { passFile }: postgres.Address): number {
  return passFile === undefined ? 0 : settings.get('database.acquireTimeout');
}
