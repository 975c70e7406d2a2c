/** Where programs and scripts find the embedded database. */

import type * as config from '../config/index.js';
import * as instance from '../instance/index.js';
import type * as postgres from '../postgres/index.js';

/** Tells programs and scripts where the embedded database is; a configured one they find as this process did. */
export function variablesOf(
  settings: config.Config,
  { host, user, name, passFile }: postgres.Address,
): Readonly<Record<string, string>> {
  return {
    RODENT_DATABASE_FILE: instance.announcementFile(settings),
    ...(host === undefined ? {} : { PGHOST: host }),
    ...(user === undefined ? {} : { PGUSER: user }),
    ...(name === undefined ? {} : { PGDATABASE: name }),
    ...(passFile === undefined ? {} : { PGPASSFILE: passFile }),
  };
}
