/** The databases that the handlers open at their start, created before them. */

import type * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as postgres from '../postgres/index.js';
import type { DatabaseServer } from './database-server.js';
import type { Journal } from './journal.js';

export interface PreloadOptions {
  readonly life: lifecycle.Lifecycle;
  readonly settings: config.Config;
  readonly address: postgres.Address;
  readonly journal: Journal;
  /** Undefined for a server that others keep. */
  readonly server: DatabaseServer | undefined;
  /** Whether a predecessor runs, and with it its server. */
  readonly isSuccessor: boolean;
}

/** For the answer of a predecessor's server, in milliseconds. */
const ANSWER_MS = 2000;

/**
 * Creates what is missing of `database.preload`, on a server that is started for that if need be.
 *
 * @throws RodentError DATABASE_… where a database cannot be created. Source: R-INP-19.
 */
export async function createPreloaded(options: PreloadOptions): Promise<void> {
  const { settings, address, journal } = options;
  const names = settings.get('database.preload');
  if (names.length === 0) return;
  await startServer(options);
  for (const name of names) {
    const outcome = await postgres.create(address, name);
    if (outcome !== 'there') journal.record('info', `Database ${outcome}`, { database: name });
  }
}

async function startServer({ life, server, isSuccessor, address }: PreloadOptions): Promise<void> {
  if (server === undefined) return;
  // That of a predecessor would end with this process, should its start fail.
  if (!isSuccessor || !(await answers(address))) await server.start(life.ctx);
}

async function answers(address: postgres.Address): Promise<boolean> {
  try {
    await postgres.ping(address, { timeoutMs: ANSWER_MS });
    return true;
  } catch {
    // Whatever it is: the server is to be started, which tells what is wrong.
    return false;
  }
}
