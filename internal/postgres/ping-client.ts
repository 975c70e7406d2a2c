/** One connection for one errand: opened, bounded in time and closed on every path. */

import type pg from 'pg';

import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import { describe } from './address.js';
import type { Address } from './address.js';
import { connect, destroy } from './client.js';
import { statementError } from './errors.js';

/** How long a polite end may take, in milliseconds. */
const END_MS = 1_000;

/**
 * Settles as `work` does, given a connection of its own. A statement's own error passes through.
 *
 * @throws RodentError DATABASE_UNAVAILABLE when nothing answers or `timeoutMs` milliseconds are over;
 *   DATABASE_REFUSED; CONFIG_INVALID for a bad address; FILE.
 */
export async function withClient<T>(
  address: Address,
  timeoutMs: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  using limit = context.withTimeout(context.background(), timeoutMs);
  const connecting = connect(address, { applicationName: 'rodent', connectTimeoutMs: timeoutMs });
  try {
    const client = await context.race(limit, connecting);
    const value = await context.race(limit, work(client));
    await end(client);
    return value;
  } catch (error) {
    if (limit.err === undefined) throw statementError(describe(address), error);
    throw new errors.RodentError(
      `The database "${describe(address)}" does not answer: nothing came within ${timeoutMs} ms.`,
      { code: 'DATABASE_UNAVAILABLE', cause: error },
    );
  } finally {
    // Also one that comes too late.
    connecting.then(destroy, () => undefined);
  }
}

async function end(client: pg.Client): Promise<void> {
  using limit = context.withTimeout(context.background(), END_MS);
  // Whatever becomes of it: it is destroyed next.
  await context.race(limit, client.end()).catch(() => undefined);
}
