/** The databases of a service, as its handlers reach them. */

import type * as postgres from '../postgres/index.js';

/** What handlers reach of PostgreSQL. */
export interface Databases {
  /** The database of the service. */
  readonly main: postgres.Database;
  /** Others on the same server, by name. */
  readonly catalog: postgres.Catalog;
}
