/** A way to a database that a test can close: connections are cut, or nothing answers any more. */

import net from 'node:net';
import path from 'node:path';

import { onTestFinished } from 'vitest';

export interface Proxy {
  /** The database's URL, by this way. */
  readonly url: string;
  /** Ends all connections and takes no new ones. */
  cut(): void;
  /** Takes everything and lets nothing through, without a word. */
  mute(): void;
  /** Lets everything through again. */
  restore(): void;
}

/** Opens a way to the database at `url`. */
export async function openProxy(url: string): Promise<Proxy> {
  let mode: 'open' | 'cut' | 'muted' = 'open';
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = net.connect(targetOf(url));
    join(client, upstream);
    join(upstream, client);
  });
  const join = (from: net.Socket, to: net.Socket): void => {
    sockets.add(from);
    from.on('error', () => undefined).on('data', (chunk) => to.write(chunk));
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (mode === 'muted') from.pause();
  };
  const { port } = await new Promise<net.AddressInfo>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address() as net.AddressInfo));
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const way = new URL(url);
  way.searchParams.delete('host');
  way.host = `127.0.0.1:${port}`;
  return {
    url: way.href,
    cut: () => {
      mode = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    mute: () => {
      mode = 'muted';
      for (const socket of sockets) socket.pause();
    },
    restore: () => {
      mode = 'open';
      for (const socket of sockets) socket.resume();
    },
  };
}

function targetOf(url: string): net.NetConnectOpts {
  const { hostname, port, searchParams } = new URL(url);
  const folder = searchParams.get('host');
  const number = port === '' ? 5432 : Number(port);
  if (folder === null) return { host: hostname, port: number };
  return { path: path.join(folder, `.s.PGSQL.${number}`) };
}
