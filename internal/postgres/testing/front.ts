/** A server with TLS, passwords or no word at all, as a front of the real one that has none of these. */

import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { resolve } from '../address.js';

/** Key and certificate of "localhost", signed by itself. */
export const CERTIFICATE: string = fileURLToPath(new URL('certificate.pem', import.meta.url));

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;

export interface FrontOptions {
  readonly hasTls?: boolean;
  /** Asks for this one. */
  readonly password?: () => string;
  /** Whether requests to cancel are swallowed. */
  readonly isDeaf?: boolean;
}

export interface Front {
  readonly port: number;
  /** Whether each connection and request that was forwarded came encrypted. */
  readonly sessions: readonly boolean[];
  readonly cancels: readonly boolean[];
}

/** Opens a front of the server of `url`, on a port of 127.0.0.1; it is closed when the test ends. */
export async function front(url: string, options: FrontOptions = {}): Promise<Front> {
  const sessions: boolean[] = [];
  const cancels: boolean[] = [];
  const port = await listen(async (raw) => {
    let socket: net.Socket = raw;
    let packet = await read(socket);
    if (packet.readInt32BE(4) === SSL_REQUEST) {
      socket = answer(raw, options.hasTls === true);
      packet = await read(socket);
    }
    const isCancel = packet.readInt32BE(4) === CANCEL_REQUEST;
    if (isCancel && options.isDeaf === true) return;
    if (!isCancel && options.password !== undefined) await ask(socket, options.password());
    (isCancel ? cancels : sessions).push(socket instanceof tls.TLSSocket);
    forward(socket, url).write(packet);
  });
  return { port, sessions, cancels };
}

/** Opens a server that accepts and never says a word; it is closed when the test ends. */
export function mute(): Promise<number> {
  return listen(() => undefined);
}

async function listen(onConnection: (socket: net.Socket) => unknown): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // A client that goes in the middle is none of ours to complain about.
    void Promise.resolve(onConnection(socket)).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as net.AddressInfo).port;
}

/** What is small and sent at once arrives at once, on one machine. */
async function read(socket: net.Socket): Promise<Buffer> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk;
}

function answer(raw: net.Socket, hasTls: boolean): net.Socket {
  raw.write(hasTls ? 'S' : 'N');
  if (!hasTls) return raw;
  const pem = fs.readFileSync(CERTIFICATE);
  return new tls.TLSSocket(raw, { isServer: true, key: pem, cert: pem }).on('error', () =>
    raw.destroy(),
  );
}

async function ask(socket: net.Socket, password: string): Promise<void> {
  socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  const given = (await read(socket)).toString('utf8', 5).replace(/\0$/u, '');
  if (given === password) return;
  const body = 'SFATAL\0C28P01\0Mpassword authentication failed\0\0';
  const head = Buffer.from([0x45, 0, 0, 0, body.length + 4]);
  socket.end(Buffer.concat([head, Buffer.from(body)]));
  throw new Error('a wrong password');
}

function forward(socket: net.Socket, url: string): net.Socket {
  const { host, port } = resolve({ url });
  const server = host.startsWith('/')
    ? net.connect(`${host}/.s.PGSQL.${port}`)
    : net.connect(port, host);
  server.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => server.destroy());
  socket.pipe(server).pipe(socket);
  return server;
}
