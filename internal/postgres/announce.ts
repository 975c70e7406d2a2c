/** Where a running embedded database is found: a small file beside the PID file, never with a password. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';

import * as errors from '../errors/index.js';
import type { Address } from './address.js';

/** The parts of an address that are announced; whoever may read the password file knows the rest. */
const PARTS = ['host', 'user', 'passFile', 'name'] as const;

/**
 * Writes where the database is to `file`, whose folder exists: at once or not at all, for this user
 * alone (mode 0600). The password is not written, and an address that is a URL, which may hold one, is
 * refused.
 *
 * @throws RodentError FILE when it cannot be written; INTERNAL for a URL, or without a host.
 */
export function announce(file: string, address: Address): void {
  if (address.url !== undefined) {
    throw new errors.RodentError(
      'Cannot announce a database by its URL: that may hold a password.',
    );
  }
  // Without it whoever reads this would ask some other server: the default one.
  if (address.host === undefined) {
    throw new errors.RodentError('Cannot announce a database without a host.');
  }
  const parts = PARTS.flatMap((part) =>
    address[part] === undefined ? [] : [[part, address[part]] as const],
  );
  const port = address.port === undefined ? {} : { port: address.port };
  const temporary = `${file}.${randomUUID()}`;
  try {
    const text = `${JSON.stringify({ ...Object.fromEntries(parts), ...port })}\n`;
    fs.writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw failed('write', file, error);
  }
}

/**
 * Returns what `announce` wrote; undefined where there is no such file. Whether the server still runs
 * shows when it is asked.
 *
 * @throws RodentError FILE for a file that cannot be read or holds something else.
 */
export function announced(file: string): Address | undefined {
  try {
    return addressIn(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    throw failed('read', file, error);
  }
}

function addressIn(value: unknown): Address {
  if (typeof value !== 'object' || value === null) throw new Error('it holds no address');
  const found = new Map<string, unknown>(Object.entries(value));
  if (!found.has('host')) throw new Error('it holds no "host"');
  const parts = PARTS.flatMap((part) => {
    const text = found.get(part);
    if (text === undefined) return [];
    if (typeof text !== 'string') throw new Error(`its "${part}" is no text`);
    return [[part, text] as const];
  });
  const port = found.get('port');
  if (port === undefined) return Object.fromEntries(parts);
  if (typeof port !== 'number') throw new Error('its "port" is no number');
  return { ...Object.fromEntries(parts), port };
}

function failed(verb: 'read' | 'write', file: string, error: unknown): errors.RodentError {
  return new errors.RodentError(
    `Cannot ${verb} the address of the database, "${file}": ${errors.describe(error)}.`,
    { code: 'FILE', cause: error },
  );
}
