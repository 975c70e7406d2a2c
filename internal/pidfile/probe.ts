/** Asking a recorded control socket whether somebody lives behind it. */

import { once } from 'node:events';

import * as errors from '../errors/index.js';
import * as file from './file.js';

/**
 * Whether a process accepts connections at the unix socket `path`. Says nothing and waits for no
 * answer, so that a holder that is stuck or stopped still counts as alive. A socket of another user's
 * is nobody we know.
 */
export async function answers(path: string): Promise<boolean> {
  const stat = file.lstat(path);
  if (stat === undefined || !stat.isSocket() || !file.isTrustedOwner(stat)) return false;
  const net = await import('node:net');
  const socket = net.connect({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    // EAGAIN: there is a holder, and its queue is full.
    return errors.hasCode(error, 'EAGAIN');
  } finally {
    socket.destroy();
  }
}
