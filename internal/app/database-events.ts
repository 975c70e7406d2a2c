/** What databases and subscriptions tell, as sentences for the log. */

import * as errors from '../errors/index.js';
import type * as log from '../log/index.js';
import type * as postgres from '../postgres/index.js';

/** The level and the sentence of what a database tells of its connections. */
export const DATABASE_EVENTS: Readonly<
  Record<postgres.DatabaseEvent['type'], readonly [log.Level, string]>
> = {
  CONNECTION_HELD: ['warn', 'A connection to the database is held for very long'],
  CONNECTIONS_CUT: ['warn', 'The database was closed while connections were in use'],
  CONNECTION_LOST: ['info', 'A connection to the database was lost'],
  REPLICA_LOST: ['warn', 'The replica of the database does not answer'],
  TRANSACTION_RETRIED: ['info', 'A transaction is tried again'],
  HOOK_FAILED: ['error', 'A hook of a transaction failed'],
};

/** Returns what becomes of hearing the database as one sentence. */
export function describeListening(event: postgres.ListenEvent): string {
  switch (event.type) {
    case 'LISTENING':
      return 'The database tells this host at once what is asked of it.';
    case 'LISTEN_ON_STANDBY':
      return 'The database is a standby, which tells nothing: it is looked at now and then.';
    case 'LISTEN_LOST':
      return `The database does not tell this host any more what is asked of it: ${errors.describe(event.error)}`;
  }
}
