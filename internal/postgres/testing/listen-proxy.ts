/** Stands between a client and the server, as a network would, and may fall silent as one. */

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { tempDir } from '../../../test/support/index.js';
import type { Address } from '../index.js';

export interface Proxy {
  /** The database, by way of the proxy. */
  readonly address: Address;
  /** How many connections there have been. */
  readonly count: number;
  /** How many are open. */
  readonly open: number;
  /** Begins to accept; before that there is no socket. */
  start(): void;
  /** Forwards no byte any more over the connections that there are, and closes none. */
  silence(): void;
  /** Runs `sql` within the sessions that there are, whose clients see nothing of it. */
  slipIn(sql: string): void;
}

/** Makes a proxy to the database of `url`; it is closed when the test ends. */
export function proxyTo(url: string): Proxy {
  const dir = tempDir();
  const to = serverOf(url);
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let count = 0;
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    count += 1;
    const upstream = net.connect(to);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.on('error', () => undefined).on('close', () => end(pair));
    client.on('end', () => void (silent.has(pair) && client.destroy()));
    upstream.on('error', () => undefined).on('close', () => end(pair));
    client.pipe(upstream);
    upstream.pipe(client);
  });
  const silent = new Set<unknown>();
  const end = (pair: readonly [net.Socket, net.Socket]): void => {
    // A silent one also keeps to itself that the other end has gone.
    if (silent.has(pair) && !pair[0].destroyed) return;
    for (const socket of pair) socket.destroy();
    pairs.delete(pair);
  };
  onTestFinished(() => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    server.close();
  });
  const { username, pathname } = new URL(url);
  return {
    address: { host: dir, user: username, name: pathname.slice(1), port: 5432 },
    get count() {
      return count;
    },
    get open() {
      return pairs.size;
    },
    start: () => void server.listen(path.join(dir, '.s.PGSQL.5432')),
    silence: () => {
      for (const pair of pairs) {
        silent.add(pair);
        const [client, upstream] = pair;
        client.unpipe(upstream);
        upstream.unpipe(client);
        // Read and thrown away: what the network swallows is not what fills a buffer.
        client.resume();
        upstream.resume();
      }
    },
    slipIn: (sql) => {
      for (const [client, upstream] of pairs) {
        upstream.unpipe(client);
        upstream.once('data', () => upstream.pipe(client)).resume();
        upstream.write(queryOf(sql));
      }
    },
  };
}

/** The message of a simple query. */
function queryOf(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.from('Q\0\0\0\0');
  head.writeUInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** Where node finds the server of `url`. */
function serverOf(url: string): net.NetConnectOpts {
  const { hostname, port, searchParams } = new URL(url);
  const folder = searchParams.get('host');
  if (folder === null) return { host: hostname, port: Number(port === '' ? 5432 : port) };
  return {
    path: fs.realpathSync(path.join(folder, `.s.PGSQL.${searchParams.get('port') ?? 5432}`)),
  };
}
