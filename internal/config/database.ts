/** Which database the configuration names, in words that never hold its password. */

import * as errors from '../errors/index.js';
import type { Config } from './config.js';
import type { Values } from './keys.js';

/** The parts of the database's address that are set; the URL's beat the single keys. */
interface Address {
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/**
 * Returns `user@host:port`, with `default` for each part that is not set.
 *
 * Source: R-INP-15.
 */
export function describeDatabase(config: Config): string {
  const { user = 'default', host = 'default', port = 'default' } = addressOf(config);
  return `${user}@${host}:${port}`;
}

/** Returns the user that the database would see, undefined when none is set. Source: R-INP-14. */
export function databaseUser(config: Config): string | undefined {
  return addressOf(config).user;
}

/** What a driver is to be told; absent parts are the driver's to choose. */
export interface DatabaseParts {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly name?: string;
  readonly sslmode?: Values['database.sslmode'];
}

/**
 * Returns the address that the configuration names. What the URL says is left out of the other parts,
 * for a driver to whom they would win over the URL.
 */
export function databaseParts(config: Config): DatabaseParts {
  const text = config.get('database.url');
  const url = parseUrl(text ?? '');
  const parameters = url?.searchParams;
  const parts = {
    url: text,
    host: unsaid(url?.hostname || parameters?.get('host'), config.get('database.host')),
    port: unsaid(url?.port || parameters?.get('port'), config.get('database.port')),
    user: unsaid(url?.username || parameters?.get('user'), config.get('database.user')),
    password: unsaid(url?.password || parameters?.get('password'), config.get('database.password')),
    name: unsaid(nameIn(url) || parameters?.get('dbname'), config.get('database.name')),
    sslmode: unsaid(parameters?.get('sslmode'), config.get('database.sslmode')),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/** `value`, unless the URL says something else. */
function unsaid<T>(said: string | null | undefined, value: T | undefined): T | undefined {
  return (said ?? '') === '' ? value : undefined;
}

function nameIn(url: URL | undefined): string | undefined {
  return url?.pathname.replace(/^\//, '');
}

/** Whether the configuration names a server. */
export function isDatabaseNamed(config: Config): boolean {
  return config.get('database.url') !== undefined || config.get('database.host') !== undefined;
}

/** @throws RodentError START_FAILED for the database user `postgres`. Source: R-INP-14. */
export function refuseSuperuser(user: string | undefined): void {
  if (user !== 'postgres') return;
  throw new errors.RodentError(
    'Cannot use the database as the user "postgres": using the superuser is a security risk; create a role of its own and set database.user.',
    { code: 'START_FAILED' },
  );
}

/** Whether `text` is a database URL that holds a password. */
export function hasPassword(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return /:[^/@]*@|password/i.test(text.replace(/^\w+:\/\//, ''));
  const hidden = [...url.searchParams.keys()].some((name) => /password/i.test(name));
  return url.password !== '' || hidden;
}

function addressOf(config: Config): Address {
  const url = parseUrl(config.get('database.url') ?? '');
  const part = (name: string, fromAuthority: string | undefined): string | undefined =>
    url?.searchParams.get(name) || (fromAuthority ?? '') || undefined;
  return {
    user: part('user', decode(url?.username)) ?? config.get('database.user'),
    host: part('host', decode(url?.hostname)) ?? config.get('database.host'),
    port: part('port', url?.port) ?? config.get('database.port')?.toString(),
  };
}

/** libpq takes an empty host after a user (`user@/name?host=/run`), which the URL standard refuses. */
function parseUrl(text: string): URL | undefined {
  if (URL.canParse(text)) return new URL(text);
  const [before, ...rest] = text.split('@/');
  const filled = `${before}@localhost/${rest.join('@/')}`;
  if (rest.length === 0 || !URL.canParse(filled)) return undefined;
  const url = new URL(filled);
  url.hostname = '';
  return url;
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    // A stray percent sign is part of the name, as libpq would report it.
    return text;
  }
}
