/** Where the socket stands: a folder that only we can write, and nothing in the way. */

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import * as errors from '../errors/index.js';
import * as socketPaths from './socket-path.js';

/** Nobody but the owner. Source: R-SUP-51. */
const FOLDER_MODE = 0o700;
const SOCKET_MODE = 0o600;

const WRITABLE_BY_OTHERS = 0o022;

/** How long a squatter may take to accept before it counts as alive. */
const PROBE_MS = 1000;

/** Device and inode: what a path names now, against what we put there. */
export interface Place {
  readonly path: string;
  readonly id: string;
}

/**
 * Makes the folder of `file` when missing and makes sure that nobody else can write in it, and that
 * what stands at `file` may be replaced.
 *
 * @throws RodentError FILE; ALREADY_RUNNING when a living socket of another user stands there.
 */
export async function prepare(file: string): Promise<void> {
  if (!socketPaths.fits(file)) throw refused(file, 'the path is too long for a socket');
  const folder = path.dirname(file);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    checkFolder(file, fs.lstatSync(folder));
  } catch (cause) {
    throw errors.isRodentError(cause) ? cause : refused(file, errors.describe(cause), cause);
  }
  await checkSquatter(file);
}

/** A name beside `file` to bind under; its path never gets longer than what `fits` allows for. */
export function temporary(file: string): string {
  const random = Math.random().toString(36).slice(2).padEnd(socketPaths.TEMPORARY_NAME_BYTES, '0');
  return path.join(path.dirname(file), `.${random.slice(0, socketPaths.TEMPORARY_NAME_BYTES - 1)}`);
}

/** Closes the bound socket at `from` to others and moves it to `to`, over whatever stands there. */
export function publish(from: string, to: string): Place {
  fs.chmodSync(from, SOCKET_MODE);
  const place = { path: to, id: idOf(from) ?? '' };
  fs.renameSync(from, to);
  return place;
}

/** Removes the socket, unless a successor's stands there by now. */
export function remove({ path: file, id }: Place): void {
  // Between the two calls a successor may publish its own; it does so only once we said we leave.
  if (idOf(file) === id) fs.rmSync(file, { force: true });
}

function idOf(file: string): string | undefined {
  const entry = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return entry === undefined ? undefined : `${entry.dev}:${entry.ino}`;
}

function checkFolder(file: string, entry: fs.Stats): void {
  const folder = path.dirname(file);
  if (!entry.isDirectory()) throw refused(file, `"${folder}" is not a folder`);
  if (entry.uid !== process.geteuid?.())
    throw refused(file, `the folder "${folder}" belongs to user ${entry.uid}`);
  if ((entry.mode & WRITABLE_BY_OTHERS) !== 0)
    throw refused(file, `others than its owner can write in the folder "${folder}"`);
}

async function checkSquatter(file: string): Promise<void> {
  const entry = fs.lstatSync(file, { throwIfNoEntry: false });
  if (entry === undefined) return;
  if (!entry.isSocket()) throw refused(file, 'something that is no socket stands there');
  // One of our own, dead or alive: the lock says that its owner has gone, or is about to.
  if (entry.uid === process.geteuid?.()) return;
  if (!(await isAlive(file))) return;
  throw new errors.RodentError(
    `Cannot open the control socket "${file}": a process of user ${entry.uid} serves there.`,
    { code: 'ALREADY_RUNNING' },
  );
}

function isAlive(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    const settle = (isAlive: boolean): void => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.setTimeout(PROBE_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', (error) => settle(!errors.hasCode(error, 'ECONNREFUSED')));
  });
}

function refused(file: string, reason: string, cause?: unknown): errors.RodentError {
  return new errors.RodentError(`Cannot open the control socket "${file}": ${reason}.`, {
    code: 'FILE',
    cause,
  });
}
