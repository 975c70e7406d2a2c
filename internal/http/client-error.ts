/** Connections that send something that is no request, or send it too slowly. */

import net from 'node:net';
import type { Duplex } from 'node:stream';

import * as errors from '../errors/index.js';
import { connectionOf } from './connections.js';
import type { Exchange } from './exchange.js';
import { lingerOnClose } from './linger.js';
import type { PublicError } from './reply.js';
import { REFUSALS, raw } from './reply.js';

/** The answer to what Node's parser or its clock refused; undefined when nobody is there to read it. */
function refusalOf(error: Error): PublicError | undefined {
  if (errors.hasCode(error, 'ECONNRESET') || errors.hasCode(error, 'EPIPE')) return undefined;
  if (errors.hasCode(error, 'HPE_HEADER_OVERFLOW')) return REFUSALS.headersTooLarge;
  if (errors.hasCode(error, 'HPE_CHUNK_EXTENSIONS_OVERFLOW')) return REFUSALS.tooLarge;
  if (errors.hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT')) return REFUSALS.timeout;
  return REFUSALS.badRequest;
}

/**
 * Refuses what a client sent in place of a request, on its own connection; says whether it was a fault
 * of the client's that counts.
 */
export function refuse(error: Error, socket: Duplex, active: Iterable<Exchange>): boolean {
  const connection = socket instanceof net.Socket ? connectionOf(socket) : undefined;
  if (connection?.isRefused === true || socket.destroyed) return false;
  const refusal = refusalOf(error);
  if (connection === undefined || refusal === undefined || !socket.writable) {
    socket.destroy();
    return false;
  }
  connection.isRefused = true;
  lingerOnClose(connection.socket);
  const current = [...active].filter((exchange) => exchange.peer === connection);
  if (current.length === 0) {
    socket.write(raw(refusal));
    connection.socket.destroySoon();
  }
  for (const exchange of current) {
    if (!exchange.refuse(refusal, { closes: true })) exchange.destroy();
  }
  return true;
}
