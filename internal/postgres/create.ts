/** Makes a database where there is none. */

import pg from 'pg';

import * as errors from '../errors/index.js';
import type { Address } from './address.js';
import { sqlStateOf } from './errors.js';
import { withClient } from './ping-client.js';

/** How long it may take: the server copies a template, and may have to wait for it. */
const TIMEOUT_MS = 60_000;
/** Databases that are there to be connected to, in the order of createdb(1). */
const MAINTENANCE = ['postgres', 'template1'] as const;

/** SQLSTATE; see the manual's appendix "PostgreSQL Error Codes". */
const NO_SUCH_DATABASE = '3D000';
const NO_PRIVILEGE = '42501';
/** Somebody else was quicker, by a little and by less. */
const IS_THERE: ReadonlySet<string> = new Set(['42P04', '23505']);

/** How it went; `refused`: the user may not make databases. */
export type Creation = 'created' | 'there' | 'refused';

/**
 * Makes the database `name`, empty, on the server of `address` unless it is there; also when several try
 * at once. The database that `address` names itself does not matter.
 *
 * @throws RodentError DATABASE_UNAVAILABLE; DATABASE_REFUSED where the connection is refused, or the
 *   statement for want of anything but the privilege.
 * Source: R-INP-19.
 */
export async function create(address: Address, name: string): Promise<Creation> {
  if (await isThere(address, name)) return 'there';
  const [first, second] = MAINTENANCE;
  try {
    return await createFrom({ ...address, name: first }, name);
  } catch (error) {
    if (stateOf(error) !== NO_SUCH_DATABASE) throw error;
    return createFrom({ ...address, name: second }, name);
  }
}

/** Asked of the database itself: many servers let a user into no other. */
async function isThere(address: Address, name: string): Promise<boolean> {
  try {
    return await withClient({ ...address, name }, TIMEOUT_MS, () => Promise.resolve(true));
  } catch (error) {
    if (stateOf(error) === NO_SUCH_DATABASE) return false;
    // It is there, though not for this user.
    if (stateOf(error) === NO_PRIVILEGE) return true;
    throw error;
  }
}

async function createFrom(maintenance: Address, name: string): Promise<Creation> {
  return withClient(maintenance, TIMEOUT_MS, async (client) => {
    try {
      // template0: nobody is ever connected to it, which would keep it from being copied.
      await client.query(`create database ${pg.escapeIdentifier(name)} template template0`);
      return 'created';
    } catch (error) {
      return outcomeOf(error, name);
    }
  });
}

function outcomeOf(error: unknown, name: string): Creation {
  if (!(error instanceof pg.DatabaseError)) throw error;
  if (IS_THERE.has(error.code ?? '')) return 'there';
  if (error.code === NO_PRIVILEGE) return 'refused';
  throw new errors.RodentError(`Cannot create the database "${name}": ${error.message}.`, {
    code: 'DATABASE_REFUSED',
    cause: error,
  });
}

/** The SQLSTATE with which a connection was refused. */
function stateOf(error: unknown): string | undefined {
  return sqlStateOf(errors.isRodentError(error) ? error.cause : error);
}
