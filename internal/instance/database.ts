/** The database of a service, as a command finds it. */

import path from 'node:path';

import * as config from '../config/index.js';
import type * as postgres from '../postgres/index.js';

/** The file in which a service announces its embedded database; it holds no secret. */
export function announcementFile(settings: config.Config): string {
  return path.join(settings.home, 'run', 'database.json');
}

/**
 * Returns the address of the service's database; undefined where there is none, or where the embedded
 * one has never run.
 *
 * @throws RodentError START_FAILED for the database user `postgres`; FILE when the announcement is broken.
 */
export async function databaseAddress(
  settings: config.Config,
): Promise<postgres.Address | undefined> {
  const mode = settings.get('database');
  if (mode === 'off') return undefined;
  if (mode === 'auto' && config.isDatabaseNamed(settings)) {
    config.refuseSuperuser(config.databaseUser(settings));
    return config.databaseParts(settings);
  }
  const { announced } = await import('../postgres/index.js');
  return announced(announcementFile(settings));
}
