/** Closing a connection whose client may still be sending. */

import type net from 'node:net';

/** How long the rest of a request may keep coming, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * From now on, when the answer is out, `socket` says that it ends and discards what still comes, for a
 * second at most. Closing at once would make the kernel reset the connection, and a reset takes the
 * answer away from a client that has not read it yet.
 *
 * Source: RFC 9112 section 9.6; nginx's lingering_close.
 */
export function lingerOnClose(socket: net.Socket): void {
  // Node's HTTP server calls this, and only this, after an answer that says `Connection: close`.
  socket.destroySoon = () => {
    socket.destroySoon = () => undefined;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.resume();
  };
}
