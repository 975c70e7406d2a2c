/** Node's own server, made with our classes and limits, on a socket that somebody else opened. */

import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { Exchange } from './exchange.js';
import { Incoming } from './incoming.js';
import type { Limits } from './limits.js';
import { apply, checkIntervalMs } from './limits.js';
import type { Listener } from './listener.js';
import { explain } from './listener.js';
import type { TlsFiles } from './tls.js';
import { readCredentials } from './tls.js';

export type NodeServer = http.Server<typeof Incoming, typeof Exchange>;

/** Makes the server; it serves nothing yet. */
export function create(limits: Limits, tls: TlsFiles | undefined): NodeServer {
  const options = {
    IncomingMessage: Incoming,
    ServerResponse: Exchange,
    connectionsCheckingInterval: checkIntervalMs(limits),
    maxHeaderSize: limits.headerBytes,
  };
  const server =
    tls === undefined
      ? http.createServer(options)
      : https.createServer({ ...options, ...readCredentials(tls) });
  apply(server, limits);
  return server;
}

/** Resolves when `server` accepts the connections of `listener`, those that came early first. */
export async function serve(
  server: NodeServer,
  listener: Listener,
  backlog: number,
): Promise<void> {
  if (listener.stdio === undefined) return;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(explain(error, listener));
    server.once('error', fail);
    server.listen(listener.stdio, backlog, () => {
      server.off('error', fail);
      resolve();
    });
  });
  for (const socket of listener.takeEarly()) {
    server.emit('connection', socket);
    socket.resume();
  }
}

/**
 * Closes the listening socket of `server` and leaves its connections alone.
 *
 * http.Server's own close() also cuts the idle ones; net.Server's, which it overrides, does not.
 */
export function closeListener(server: NodeServer): void {
  net.Server.prototype.close.call(server);
}
