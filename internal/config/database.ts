/** Which database the configuration names, in words that never hold its password. */

import type { Config } from './config.js';

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
