/** A way to a database that can be cut, or fall silent, as a network does. */

import { once } from 'node:events';
import net from 'node:net';

import { onTestFinished } from 'vitest';

import { freePort } from './port.js';

export interface Proxy {
  /** The database's URL by this way. */
  readonly url: string;
  /** Cuts every connection and takes no new one. */
  cut(): Promise<void>;
  /** Takes everything and lets nothing through, without a word. */
  mute(): void;
  /** Takes connections again, and lets through what it held back. */
  mend(): Promise<void>;
}

/** Opens a way to the database at `url`, which is closed when the test ends. */
export async function proxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const port = await freePort();
  const sockets = new Set<net.Socket>();
  let isMuted = false;
  const server = net.createServer((near) => {
    const far = net.connect(placeOf(target));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.on('data', (chunk) => other.write(chunk));
      if (isMuted) one.pause();
    }
  });
  const mute = (): void => {
    isMuted = true;
    for (const socket of sockets) socket.pause();
  };
  const mend = async (): Promise<void> => {
    isMuted = false;
    for (const socket of sockets) socket.resume();
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const cut = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await mend();
  onTestFinished(cut);
  const name = target.pathname;
  const user = target.username === '' ? 'rodent' : target.username;
  const who = target.password === '' ? user : `${user}:${target.password}`;
  return { url: `postgresql://${who}@127.0.0.1:${port}${name}?sslmode=disable`, cut, mute, mend };
}

function placeOf(url: URL): net.NetConnectOpts {
  const folder = url.searchParams.get('host');
  const port = url.port === '' ? '5432' : url.port;
  return folder === null
    ? { host: url.hostname, port: Number(port) }
    : { path: `${folder}/.s.PGSQL.${port}` };
}
