/** The request that makes a server stop the statement of a connection: 16 bytes on a socket of their own. */

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import type pg from 'pg';

import { internalsOf } from './client.js';

const CANCEL_CODE = 80_877_102;
/** Length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Asks the server to stop what `client` runs. Resolves when the server has passed the request on, which
 * it tells by closing the socket: from then on no later statement can be hit by it.
 *
 * @throws what the system or TLS says; the reason of `signal`, which gives up.
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html, "Canceling Requests in Progress";
 *   libpq, PQcancel, for the wait.
 */
export async function requestCancel(client: pg.ClientBase, signal: AbortSignal): Promise<void> {
  const { processID, secretKey } = internalsOf(client);
  if (processID === null || secretKey === null) throw new Error('the connection has no key');
  const raw = dial(client);
  try {
    await once(raw, 'connect', { signal });
    const socket = isEncrypted(client) ? await encrypt(raw, { client, signal }) : raw;
    socket.resume().write(packet(processID, secretKey));
    await closing(socket, signal);
  } finally {
    raw.destroy();
  }
}

/** A name may stand for several servers: what is dialled is the very peer of `client`. */
function dial(client: pg.ClientBase): net.Socket {
  const { host, port, connection } = internalsOf(client);
  const { remoteAddress, remotePort } = connection.stream;
  const socket = host.startsWith('/')
    ? net.connect(`${host}/.s.PGSQL.${port}`)
    : net.connect(remotePort ?? port, remoteAddress ?? host);
  // Told to who waits; without a listener of its own a late one would end the process.
  return socket.on('error', () => undefined);
}

function isEncrypted(client: pg.ClientBase): boolean {
  return internalsOf(client).connection.stream instanceof tls.TLSSocket;
}

interface Circumstances {
  readonly client: pg.ClientBase;
  readonly signal: AbortSignal;
}

async function encrypt(raw: net.Socket, { client, signal }: Circumstances): Promise<net.Socket> {
  const { host, ssl } = internalsOf(client);
  raw.write(SSL_REQUEST);
  const [answer]: unknown[] = await once(raw, 'data', { signal });
  if (String(answer) !== 'S') throw new Error('the server does not encrypt the request');
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = tls.connect({ ...(ssl === false ? {} : ssl), socket: raw, host, ...servername });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect', { signal });
  return socket;
}

/** However it closes: the server says nothing to a request, and some networks reset what it closes. */
async function closing(socket: net.Socket, signal: AbortSignal): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => resolve());
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function packet(processId: number, secretKey: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32BE(16, 0);
  bytes.writeInt32BE(CANCEL_CODE, 4);
  bytes.writeInt32BE(processId, 8);
  bytes.writeInt32BE(secretKey, 12);
  return bytes;
}
