/** What the commands that ask the database share: which one it is, and one connection to it. */

import * as config from '../internal/config/index.js';
import * as postgres from '../internal/postgres/index.js';

/** The keys that say which database it is. */
export const DATABASE_KEYS: readonly config.Key[] = config.KEY_NAMES.filter((key) =>
  /^(?:home|database(?:\..*)?)$/.test(key),
);

/** Why there is no address. */
export const NO_DATABASE = 'There is no database: none is configured, and no embedded one runs.';

/** What can be done about it. */
export const GET_DATABASE = 'Set DATABASE_URL, or start the service with "--database embedded".';

/** Gives `work` a database with one connection, closed afterwards. */
export async function during<T>(
  options: Omit<postgres.OpenOptions, 'maxConnections'>,
  work: (database: postgres.Database) => Promise<T>,
): Promise<T> {
  const database = postgres.open({ ...options, maxConnections: 1 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
