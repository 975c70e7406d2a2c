/** What is checked before anything starts: who runs this, as which database user, on which Node. */

import * as config from '../config/index.js';
import * as errors from '../errors/index.js';

/** The newest major of Node this release was tried on. */
const NEWEST_NODE = 26;

export interface Circumstances {
  /** Effective user id; undefined where the platform has none. */
  readonly uid: number | undefined;
  /** User to become once the sockets are open; empty: stay. */
  readonly user: string;
  readonly isRootAllowed: boolean;
  /** User of the configured database or PGUSER; undefined when none is set. */
  readonly databaseUser: string | undefined;
  /** Version of Node, e.g. `20.19.0`. */
  readonly nodeVersion: string;
}

/**
 * Returns the warnings to show before the start, in order.
 *
 * @throws RodentError START_FAILED for the database user `postgres` (R-INP-14), and for root where the
 *   configuration forbids it.
 */
export function check(of: Circumstances): readonly string[] {
  config.refuseSuperuser(of.databaseUser);
  const warnings: string[] = [];
  if (of.uid === 0 && of.user === '') warnings.push(rootWarning(of.isRootAllowed));
  if (of.databaseUser === SCHEMA) warnings.push(USER_WARNING);
  const major = Number.parseInt(of.nodeVersion, 10);
  if (major > NEWEST_NODE) {
    warnings.push(`Node ${of.nodeVersion} is newer than the newest tried release, ${NEWEST_NODE}.`);
  }
  return warnings;
}

/** The schema of our own tables. */
const SCHEMA = 'rodent';

/** PostgreSQL's search_path begins with the schema of the user's name. */
const USER_WARNING = `the database user is named "${SCHEMA}", as the schema of rodent's own tables is: tables of the service that name no schema land in there; use a user of another name.`;

function rootWarning(isAllowed: boolean): string {
  if (isAllowed) return 'running as root; set "user" to drop privileges once the port is open.';
  throw new errors.RodentError(
    'Cannot start as root: the configuration forbids it; set "user", or run as another user.',
    { code: 'START_FAILED' },
  );
}
