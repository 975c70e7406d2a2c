/** Asks a database who it is. */

import * as clock from '../clock/index.js';
import type { Address } from './address.js';
import { withClient } from './ping-client.js';

export interface PingOptions {
  /** How long connecting and asking may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a database says of itself. */
export interface Pong {
  /** Of the server, e.g. `18.4`. */
  readonly version: string;
  /** Whether it follows another server and takes no writes. */
  readonly isStandby: boolean;
  /** Whether the user may do everything. */
  readonly isSuperuser: boolean;
  /** From the question to the answer on an open connection, in milliseconds. */
  readonly latencyMs: number;
  readonly database: string;
  readonly user: string;
}

type Row = Omit<Pong, 'latencyMs'>;

/**
 * Connects to `address`, asks and closes the connection.
 *
 * @throws RodentError DATABASE_UNAVAILABLE when nothing answers in time, DATABASE_REFUSED where the
 *   connection is refused.
 */
export function ping(address: Address, { timeoutMs }: PingOptions): Promise<Pong> {
  return withClient(address, timeoutMs, async (client) => {
    const startMs = clock.monotonicMs();
    const { rows } = await client.query<Row>(QUESTION);
    const latencyMs = clock.monotonicMs() - startMs;
    const [row = NOTHING] = rows;
    return { ...row, latencyMs };
  });
}

const QUESTION = `
  select split_part(current_setting('server_version'), ' ', 1) as version,
         pg_is_in_recovery() as "isStandby",
         current_setting('is_superuser') = 'on' as "isSuperuser",
         current_database() as database,
         current_user as "user"`;

/** A select without FROM always has a row; the type does not know it. */
const NOTHING: Row = {
  version: '',
  isStandby: false,
  isSuperuser: false,
  database: '',
  user: '',
};
