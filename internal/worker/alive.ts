/** Whether a worker may go on: the question that a long call asks between its steps. */

import * as errors from '../errors/index.js';
import * as postgres from '../postgres/index.js';
import type { Config } from './dictionary.js';
import { isParentAlive } from './processes.js';
import { keepalive } from './registration.js';
import { isTerminationRequested } from './termination.js';

/**
 * Whether the process should go on; beats for it. False when the database says so, when a signal has
 * asked for the end, or, in the foreground, when the parent has gone. A database that does not answer
 * says nothing.
 *
 * @throws RodentError what the database answered in place of a word, as SCHEMA_MISMATCH.
 * Source: seed 001 section 3; R-UNI-12, R-UNI-74, W-UNI-8.
 */
export async function alive(
  config: Pick<Config, 'foreground' | 'parent_pid'>,
  connection: postgres.Database,
): Promise<boolean> {
  if (!(await isWanted(connection))) return false;
  if (isTerminationRequested()) return false;
  if (!config.foreground || config.parent_pid === undefined) return true;
  return isParentAlive(config.parent_pid);
}

async function isWanted(connection: postgres.Database): Promise<boolean> {
  try {
    return await keepalive(connection);
  } catch (error) {
    if (postgres.isUnavailable(error) || errors.hasCode(error, 'DATABASE_BUSY')) return true;
    throw error;
  }
}
