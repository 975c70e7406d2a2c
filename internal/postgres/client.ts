/** Connections: pg's clients, told everything, so that nothing of the environment gets into them. */

import type net from 'node:net';
import type tls from 'node:tls';

import pg from 'pg';

import * as errors from '../errors/index.js';
import type { Address, Target } from './address.js';
import { describe, passwordOf, resolve } from './address.js';
import { connectError } from './errors.js';
import type { Transport } from './tls.js';
import { isOfTransport, transports } from './tls.js';

/** What a connection needs beside its address. */
export interface ClientOptions {
  /** A template, see `applicationName`; pg_stat_activity shows it. */
  readonly applicationName: string;
  /** Milliseconds until a server that does not answer is given up; default 5000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that the server gives one statement, 0 for no limit; default 0. */
  readonly statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const KEEP_ALIVE_DELAY_MS = 10_000;

/** A client that reads no variable, and whose errors never end the process. */
export class Client extends pg.Client {
  constructor(config: pg.ClientConfig) {
    super(config);
    // pg fills these from PGOPTIONS and PGREPLICATION where they are not given.
    const { connectionParameters } = internalsOf(this);
    connectionParameters.options = config.options;
    connectionParameters.replication = undefined;
    // Without a listener an error of an idle connection ends the process.
    this.on('error', () => undefined);
  }
}

/** What pg does not document, all in one place. */
interface Internals {
  readonly connectionParameters: Record<'options' | 'replication', unknown>;
  readonly connection: { readonly stream: net.Socket };
  readonly host: string;
  readonly port: number;
  readonly ssl: tls.ConnectionOptions | false;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/** Returns `client` with what pg does not document. */
export function internalsOf(client: pg.ClientBase): Internals {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of pg leave them out
  return client as unknown as Internals;
}

/** Returns what pg needs for `target` over `transport`. */
export function configOf(
  target: Target,
  transport: Transport,
  extra: ClientOptions,
): pg.ClientConfig {
  return {
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.name,
    password: () => requirePassword(target),
    ssl: transport,
    sslnegotiation: 'postgres',
    enableChannelBinding: target.bindsChannel,
    client_encoding: 'utf8',
    application_name: applicationName(extra.applicationName),
    connectionTimeoutMillis: extra.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    statement_timeout: extra.statementTimeoutMs ?? 0,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    ...(target.options === undefined ? {} : { options: target.options }),
  };
}

/**
 * Connects a client of the caller's own, which ends it. Its `error` events have a listener already; add
 * one to hear of them.
 *
 * @throws RodentError DATABASE_UNAVAILABLE or DATABASE_REFUSED; CONFIG_INVALID for a bad address; FILE.
 */
export async function connect(address: Address, extra: ClientOptions): Promise<pg.Client> {
  const target = resolve(address);
  const ways = transports(target);
  for (const [index, way] of ways.entries()) {
    const client = new Client(configOf(target, way, extra));
    try {
      await client.connect();
      return client;
    } catch (error) {
      destroy(client);
      const isLast = index === ways.length - 1;
      if (isLast || !isOfTransport(error)) throw connectError(describe(address), error);
    }
  }
  throw new errors.RodentError('There is no way to the database.');
}

/** Ends `client` without a word to the server; for one that is broken, or stuck. */
export function destroy(client: pg.ClientBase): void {
  internalsOf(client).connection.stream.destroy();
}
/** The longest name that PostgreSQL keeps, in bytes. */
const NAME_BYTES = 63;

/**
 * Returns `template` with the process id in place of `{pid}`, cut to the 63 bytes that PostgreSQL keeps,
 * never in the middle of a character.
 *
 * Source: R-INP-55.
 */
export function applicationName(template: string): string {
  const name = Buffer.from(template.replaceAll('{pid}', String(process.pid)));
  let end = Math.min(name.length, NAME_BYTES);
  // A byte 10xxxxxx goes on with the character before it.
  while (end < name.length && ((name[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return name.toString('utf8', 0, end);
}

function requirePassword(target: Target): string {
  const password = passwordOf(target);
  if (password !== undefined) return password;
  const where =
    target.passFile === undefined ? '' : `, and "${target.passFile}" has no line for it`;
  throw new errors.RodentError(
    `The database asks for the password of "${target.user}": none is given${where}.`,
    { code: 'DATABASE_REFUSED', contextData: { user: target.user } },
  );
}
