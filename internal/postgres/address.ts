/** Which database, and as whom: words that survive JSON, completed by libpq's defaults. */

import { createHash } from 'node:crypto';
import os from 'node:os';

import * as errors from '../errors/index.js';
import * as passFile from './pass-file.js';
import * as url from './url.js';

/**
 * How a connection is encrypted, with libpq's meanings; over a Unix socket none is. `prefer` (the
 * default) tries TLS and goes on without when the server has none. Up to `require` nobody looks at the
 * server's certificate, except that `require` with a root certificate means `verify-ca`.
 */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/**
 * Which database. What stands beside `url` wins over what is in it. Undefined parts: `localhost`, port
 * 5432, the user of this process, a database of the user's name. The environment is never read.
 */
export interface Address {
  /** `postgresql://user:password@host:port/name?sslmode=…`, also with a socket folder as `?host=`. */
  readonly url?: string;
  /** A host name or address, or the folder of a Unix socket. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  /** A file in the form of `.pgpass`, of mode 0600; read anew for each connection. */
  readonly passFile?: string;
  /** The database. */
  readonly name?: string;
  readonly sslmode?: SslMode;
  /** A PEM file with the certificate authorities to trust, or `system`; default: those of Node. */
  readonly sslrootcert?: string;
  /** A PEM file with the client's certificate. */
  readonly sslcert?: string;
  /** A PEM file with the key of `sslcert`. */
  readonly sslkey?: string;
}

/** An address with nothing left open. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly passFile: string | undefined;
  readonly name: string;
  readonly sslmode: SslMode;
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  /** What the server's command line would take; libpq's `options`. */
  readonly options: string | undefined;
  /** Whether to bind the password to the TLS channel where both ends can. */
  readonly bindsChannel: boolean;
}

const DEFAULT_PORT = 5432;

/** Every `SslMode`, the least safe first. */
export const SSL_MODES: readonly SslMode[] = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
];

/**
 * Completes `address`.
 *
 * @throws RodentError CONFIG_INVALID when the URL or the mode cannot be understood.
 */
export function resolve(address: Address): Target {
  const said: url.UrlParts =
    address.url === undefined ? { parameters: {} } : url.parse(address.url);
  const { parameters } = said;
  const user = address.user ?? said.user ?? userOfProcess();
  const sslrootcert = address.sslrootcert ?? parameters['sslrootcert'];
  const { ssl } = parameters;
  return {
    host: address.host ?? said.host ?? 'localhost',
    port: address.port ?? said.port ?? DEFAULT_PORT,
    user,
    password: address.password ?? said.password,
    passFile: address.passFile ?? parameters['passfile'],
    name: address.name ?? said.name ?? user,
    sslmode: sslModeOf(address.sslmode ?? parameters['sslmode'], { sslrootcert, ssl }),
    sslrootcert,
    sslcert: address.sslcert ?? parameters['sslcert'],
    sslkey: address.sslkey ?? parameters['sslkey'],
    options: parameters['options'],
    bindsChannel: (parameters['channel_binding'] ?? 'disable') !== 'disable',
  };
}

/**
 * Returns `address` as people may see it: who, where, which database; never a password.
 *
 * @throws RodentError CONFIG_INVALID as `resolve`.
 * Source: R-INP-45.
 */
export function describe(address: Address): string {
  const { host, port, user, name } = resolve(address);
  const who = encodeURIComponent(user);
  const database = encodeURIComponent(name);
  const suffix = port === DEFAULT_PORT ? '' : `:${port}`;
  if (!isSocketFolder(host)) {
    return `postgresql://${who}@${host.includes(':') ? `[${host}]` : host}${suffix}/${database}`;
  }
  const query = port === DEFAULT_PORT ? '' : `&port=${port}`;
  return `postgresql://${who}@/${database}?host=${encodeURI(host)}${query}`;
}

/**
 * Returns a digest of everything that makes a connection what it is, the password in force included:
 * equal for two addresses exactly when one may use the connections of the other.
 *
 * @throws RodentError as `resolve`, and FILE or DATABASE_REFUSED when the password file cannot be used.
 * Source: W-INP-8.
 */
export function fingerprint(address: Address): string {
  const target = resolve(address);
  const all = { ...target, password: passwordOf(target) };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** The password in force; undefined when none is given. */
export function passwordOf(target: Target): string | undefined {
  if (target.password !== undefined) return target.password;
  return target.passFile === undefined ? undefined : passFile.find(target.passFile, target);
}

/** Whether `host` is the folder of a Unix socket. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

interface Hints {
  readonly sslrootcert: string | undefined;
  /** JDBC's word, which libpq understands too. */
  readonly ssl: string | undefined;
}

function sslModeOf(mode: string | undefined, { sslrootcert, ssl }: Hints): SslMode {
  const meant = ssl === 'true' ? 'require' : 'prefer';
  const asked = mode ?? (sslrootcert === 'system' ? 'verify-full' : meant);
  if (isSslMode(asked)) return asked;
  throw new errors.RodentError(
    `The sslmode "${asked}" of the database is none of ${SSL_MODES.join(', ')}.`,
    { code: 'CONFIG_INVALID' },
  );
}

/** Whether `text` is one of them. */
export function isSslMode(text: string): text is SslMode {
  return SSL_MODES.some((mode) => mode === text);
}

function userOfProcess(): string {
  try {
    return os.userInfo().username;
  } catch (cause) {
    throw new errors.RodentError(
      'The address of the database names no user, and the user of this process has no name.',
      { code: 'CONFIG_INVALID', cause },
    );
  }
}
