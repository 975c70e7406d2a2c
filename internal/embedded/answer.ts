/** Asks the server behind an address whose it is. */

import * as postgres from '../postgres/index.js';
import { fault } from './fault.js';

const QUESTION = "select current_setting('data_directory') as data";

/** How long (ms) connecting may take; a machine that starts many services at once is slow. */
const PATIENCE_MS = 30_000;

/**
 * Connects as every client will, password included, and compares the data folder.
 *
 * @throws RodentError of package postgres, or EMBEDDED_DATABASE when another server answers.
 */
export async function requireAnswer(address: postgres.Address, data: string): Promise<void> {
  const database = postgres.open({
    address,
    applicationName: 'rodent',
    maxConnections: 1,
    acquireTimeoutMs: PATIENCE_MS,
  });
  try {
    const { rows } = await database.query<{ readonly data: string }>(QUESTION);
    const answered = rows[0]?.data;
    if (answered === data) return;
    throw fault(
      `Another server answers at "${address.host}": its data is in "${answered}", not in "${data}".`,
    );
  } finally {
    await database.close();
  }
}
