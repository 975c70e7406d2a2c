/** A database's URL taken apart as libpq does it, which `URL` cannot: `postgresql://user@/name?host=/run/x`. */

import * as errors from '../errors/index.js';

/** What a URL says; each part is decoded, and left out when it is empty. */
export interface UrlParts {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly name?: string;
  /** The parameters behind the question mark. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Scheme, user, password, host in brackets or without, port, name, parameters. */
const SHAPE =
  /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(?:\[([^\]/]+)\]|([^:/?[\],]*))(?::(\d*))?(?:\/([^?]*))?(?:\?(.*))?$/su;

/** Parameters that this package understands. */
const KNOWN: ReadonlySet<string> = new Set([
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'passfile',
  'options',
  'channel_binding',
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
]);

/** Parameters that are passed over: ours to decide, of other drivers, or without meaning here. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'connect_timeout',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'gssencmode',
  'tcp_user_timeout',
  'sslsni',
  'uselibpqcompat',
  'pgbouncer',
  'schema',
  'connection_limit',
  'pool_timeout',
]);

/**
 * Takes `url` apart.
 *
 * @throws RodentError CONFIG_INVALID, which never quotes the URL: a password stands in it.
 * Source: https://www.postgresql.org/docs/current/libpq-connect.html, section 32.1.1.2.
 */
export function parse(url: string): UrlParts {
  const match = SHAPE.exec(url);
  if (match === null) throw invalid('is not of the form postgresql://user@host:port/name');
  const [, user, password, bracketed, plain, port, name, query] = match;
  // A password with a slash and an @ of its own looks like a host and a name.
  if (name?.includes('@') === true) {
    throw invalid('has an "@" behind its host; write @ : and / in a password as %40 %3A and %2F');
  }
  const parameters = parametersOf(query ?? '');
  const parts = {
    user: parameters['user'] ?? decode(user),
    password: parameters['password'] ?? decode(password),
    host: parameters['host'] ?? bracketed ?? decode(plain),
    port: portOf(parameters['port'] ?? port),
    name: parameters['dbname'] ?? decode(name),
  };
  return { ...withoutEmpty(parts), parameters };
}

function parametersOf(query: string): Readonly<Record<string, string>> {
  const pairs = query.split('&').filter((pair) => pair !== '');
  const parameters = pairs.map((pair): readonly [string, string] => {
    const at = pair.indexOf('=');
    const key = decode(at < 0 ? pair : pair.slice(0, at)) ?? '';
    if (!KNOWN.has(key) && !PASSED_OVER.has(key)) {
      throw invalid(`has a parameter "${key}" that is not known`);
    }
    return [key, at < 0 ? '' : (decode(pair.slice(at + 1)) ?? '')];
  });
  return Object.fromEntries(parameters);
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw invalid('has a port that is not a number from 1 to 65535');
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // No cause: its message would show a part of the URL.
    throw invalid('has a "%" that begins no encoded character; write it as "%25"');
  }
}

type Part = string | number | undefined;

function withoutEmpty<T extends Readonly<Record<string, Part>>>(
  parts: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(parts).filter(([, part]) => part !== undefined && part !== '');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is left out is optional
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> };
}

function invalid(what: string): errors.RodentError {
  return new errors.RodentError(`The URL of the database ${what}.`, { code: 'CONFIG_INVALID' });
}
