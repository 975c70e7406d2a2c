/**
 * Rung abstract: a listening Linux socket whose name lives in the kernel, not in a folder. The name
 * comes from the secret nonce in the lock file, so that nobody else can take it first, and from the
 * lock file's inode, so that a copied folder has its own.
 *
 * Source: unix(7) "Abstract sockets".
 */

import { once } from 'node:events';
import fs from 'node:fs';
import type { Server } from 'node:net';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import type { Held, LockFile } from './lock.js';

/**
 * Node 20 pads a name with NULs to the whole sun_path (108 bytes), Node 22 and later do not: only a name
 * of exactly that length, the leading NUL included, is the same name for both.
 */
const NAME_BYTES = 108;

export function isUsable(): boolean {
  return process.platform === 'linux';
}

export async function take(lock: LockFile): Promise<Held | undefined> {
  try {
    return held(await listen({ path: nameOf(lock), exclusive: true }));
  } catch (error) {
    if (errors.hasCode(error, 'EADDRINUSE')) return undefined;
    throw fault.failure('lock', lock.path, error);
  }
}

export async function inherit(lock: LockFile, fds: readonly number[]): Promise<Held | undefined> {
  const fd = fds[0];
  return fd === undefined || !isBoundTo(fd, nameOf(lock)) ? undefined : held(await listen({ fd }));
}

export async function isTaken(lock: LockFile): Promise<boolean> {
  const net = await import('node:net');
  const socket = net.connect({ path: nameOf(lock) });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (errors.hasCode(error, 'ECONNREFUSED')) return false;
    // Somebody listened when we connected, and has gone before accepting: ask who is there now.
    if (errors.hasCode(error, 'ECONNRESET')) return await isTaken(lock);
    // The queue of a holder that is busy is full.
    if (errors.hasCode(error, 'EAGAIN')) return true;
    throw fault.failure('probe', lock.path, error);
  } finally {
    socket.destroy();
  }
}

/** The name of the socket, with its leading NUL. */
export function nameOf(lock: LockFile): string {
  // Loaded only by who uses this rung.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha512').update(`${lock.nonce}\0${lock.id}`).digest('hex');
  return `\0${hash.slice(0, NAME_BYTES - 1)}`;
}

async function listen(
  where: { readonly path: string; readonly exclusive: true } | { readonly fd: number },
): Promise<Server> {
  const net = await import('node:net');
  // Whoever connects only asks whether somebody listens.
  const server = net.createServer((socket) => socket.destroy());
  server.listen(where);
  await once(server, 'listening');
  return server.unref();
}

function held(server: Server): Held {
  return {
    fds: [descriptorOf(server)],
    isIntact: () => server.listening,
    makeRoom: () => {},
    release: () => void server.close(),
  };
}

/** Node lets a server be passed to a child by descriptor only, and names the descriptor nowhere public. */
function descriptorOf(server: Server): number {
  // oxlint-disable-next-line no-underscore-dangle -- Node's name, not ours
  const handle = '_handle' in server ? server._handle : undefined;
  const fd =
    typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
  return typeof fd === 'number' ? fd : -1;
}

/** Whether a descriptor is the socket of that name: the kernel's table has its inode beside its name. */
function isBoundTo(fd: number, name: string): boolean {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    const sockets = fs.readFileSync('/proc/net/unix', 'utf8').split('\n');
    return sockets.some((line) => line.endsWith(` ${inode} @${name.slice(1)}`));
  } catch {
    // No such descriptor.
    return false;
  }
}
