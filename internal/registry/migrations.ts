/** What brings a database to the schema of the registry. */

import type * as postgres from '../postgres/index.js';
import { BEAT } from './schema-beat.js';
import { FLEET } from './schema-fleet.js';
import { GRANTS } from './schema-grants.js';
import { PROCESSES } from './schema-processes.js';
import { REAPER } from './schema-reaper.js';
import { SCALING } from './schema-scaling.js';
import { TABLES } from './schema-tables.js';

/**
 * The migrations of the registry, in order. What has been released stays as it is: the database keeps
 * its checksum. A change is another migration.
 */
export const MIGRATIONS: readonly postgres.Migration[] = [
  {
    name: '0001-registry',
    // The grants come last: they are for all functions that stand before them.
    sql: [TABLES, PROCESSES, SCALING, BEAT, REAPER, FLEET, GRANTS].join(''),
  },
];
