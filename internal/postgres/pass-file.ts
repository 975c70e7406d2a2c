/** Password files in the form of `.pgpass`: lines of host:port:database:user:password. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/** Whom a password is looked for. */
export interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly name: string;
}

/**
 * Returns the password of the first line of `file` that fits; undefined when none does, or when there
 * is no such file.
 *
 * @throws RodentError DATABASE_REFUSED when others may read the file, FILE when we may not.
 * Source: https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function find(file: string, wanted: Wanted): string | undefined {
  const text = read(file);
  const lines = text.split(/\r?\n/u).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map(fieldsOf).find((fields) => fits(fields, wanted))?.[4];
}

function read(file: string): string {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      if ((fs.fstatSync(fd).mode & 0o077) !== 0) throw exposed(file);
      return fs.readFileSync(fd, 'utf8');
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    if (errors.hasCode(cause, 'ENOENT')) return '';
    if (errors.isRodentError(cause)) throw cause;
    throw new errors.RodentError(
      `Cannot read the password file "${file}": ${errors.describe(cause)}.`,
      { code: 'FILE', contextData: { file }, cause },
    );
  }
}

function exposed(file: string): errors.RodentError {
  return new errors.RodentError(
    `The password file "${file}" may be read by others; make its mode 0600.`,
    { code: 'DATABASE_REFUSED', contextData: { file } },
  );
}

/** A backslash makes the character behind it a plain one. */
function fieldsOf(line: string): readonly string[] {
  const fields = [''];
  for (const [token] of line.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (token === ':' && fields.length < 5) fields.push('');
    else fields.push(`${fields.pop() ?? ''}${token.length > 1 ? token.slice(1) : token}`);
  }
  return fields;
}

function fits(fields: readonly string[], wanted: Wanted): boolean {
  const [host, port, name, user, password] = fields;
  // libpq calls the server behind its own socket folder "localhost"; we know no such folder.
  const isHost = says(host, wanted.host) || (wanted.host.startsWith('/') && host === 'localhost');
  return (
    password !== undefined &&
    isHost &&
    says(port, String(wanted.port)) &&
    says(name, wanted.name) &&
    says(user, wanted.user)
  );
}

function says(field: string | undefined, value: string): boolean {
  return field === '*' || field === value;
}
