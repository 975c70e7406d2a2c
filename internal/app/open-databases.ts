/** The databases that the handlers of a process use. */

import type * as config from '../config/index.js';
import type * as http from '../http/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type * as postgres from '../postgres/index.js';
import { patienceOf } from './database-place.js';
import type { Journal } from './journal.js';

export interface OpenDatabasesOptions {
  readonly settings: config.Config;
  readonly address: postgres.Address;
  readonly journal: Journal;
}

/**
 * Opens the databases on the server at `address`; each connects when it is first used, those of
 * `database.preload` at once.
 *
 * @throws RodentError DATABASE_… of the first that cannot be preloaded. Source: R-INP-18.
 */
export async function openDatabases(
  life: lifecycle.Lifecycle,
  { settings, address, journal }: OpenDatabasesOptions,
): Promise<http.Databases> {
  const { capacityOf, openCatalog, open } = await import('../postgres/index.js');
  const replica = settings.get('database.replica');
  const openOne = (name?: string): postgres.Database => {
    const own = name === undefined ? {} : { name };
    return open({
      address: { ...address, ...own },
      ...(replica === undefined ? {} : { replica: { url: replica, ...own } }),
      applicationName: 'rodent {pid}',
      maxConnections: settings.get('database.maxConnections'),
      acquireTimeoutMs: settings.get('database.acquireTimeout'),
      statementTimeoutMs: settings.get('database.statementTimeout'),
      leakAfterMs: settings.get('database.leakAfter'),
      patienceMs: patienceOf(settings, address),
      observe: (event) => journal.database(event),
    });
  };
  const catalog = openCatalog({
    capacity: settings.get('database.capacity') || capacityOf(settings.get('limits.memorySoft')),
    open: openOne,
  });
  const main = openOne();
  life.registerShutdownHook('databases', async () => {
    await Promise.all([catalog.close(), main.close()]);
  });
  await catalog.preload(settings.get('database.preload'));
  return { main, catalog };
}
