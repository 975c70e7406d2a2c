/** Small files that must not lie: read without following, written whole or not at all, removed only if ours. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

export interface SmallFile {
  readonly text: string;
  readonly stat: fs.BigIntStats;
}

/** What a file is, whatever it is called: device and inode. */
export function idOf(stat: fs.BigIntStats): string {
  return `${stat.dev}:${stat.ino}`;
}

/** Returns the id of what is at `path` itself (links are not followed); undefined when nothing is. */
export function idAt(path: string): string | undefined {
  const stat = lstat(path);
  return stat === undefined ? undefined : idOf(stat);
}

/** Returns the status of what is at `path` itself, or undefined when nothing is there. */
export function lstat(path: string): fs.BigIntStats | undefined {
  return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Whether we or root own it; nobody else's word counts. */
export function isTrustedOwner(stat: fs.BigIntStats): boolean {
  return stat.uid === 0n || stat.uid === BigInt(process.geteuid?.() ?? 0);
}

/**
 * Opens an existing regular file, never a link, a device or a FIFO, and never waits.
 *
 * @returns the descriptor, or undefined when nothing is at `path`.
 * @throws RodentError PID_FILE
 */
export function openRegular(path: string, flags: number): number | undefined {
  const stat = lstat(path);
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) throw fault.refusal('use', path, 'it is a symbolic link');
  // Asked before open(2) too: opening a device can have effects of its own.
  if (!stat.isFile()) throw fault.refusal('use', path, 'it is not a regular file');
  let fd: number;
  try {
    fd = fs.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    throw fault.failure('open', path, error);
  }
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw fault.refusal('use', path, 'it is not a regular file');
}

/**
 * Reads a regular file of at most `maxBytes` bytes.
 *
 * @returns undefined when nothing is at `path`.
 * @throws RodentError PID_FILE when it is anything else, or larger.
 */
export function readSmall(path: string, maxBytes: number): SmallFile | undefined {
  const fd = openRegular(path, O_RDONLY);
  if (fd === undefined) return undefined;
  try {
    return { text: readFrom(fd, path, maxBytes), stat: fs.fstatSync(fd, { bigint: true }) };
  } catch (error) {
    throw fault.failure('read', path, error);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reads an open file from its start; `path` is for the error. */
export function readFrom(fd: number, path: string, maxBytes: number): string {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const count = fs.readSync(fd, bytes, length, bytes.length - length, length);
    length += count;
    if (length > maxBytes) throw fault.refusal('use', path, `it is larger than ${maxBytes} bytes`);
    if (count === 0) return bytes.toString('utf8', 0, length);
  }
}

/** Returns a name beside `path` that nobody uses; `isTemporary` knows it again. */
export function temporary(path: string): string {
  return `${path}.${crypto.randomUUID()}.tmp`;
}

/** Whether `name` is a temporary name made for the file `base`. */
export function isTemporary(name: string, base: string): boolean {
  return name.startsWith(`${base}.`) && /^\.[0-9a-f-]{36}\.tmp$/.test(name.slice(base.length));
}

/** Creates `path`, which must not exist, with exactly `mode` whatever the umask is, and returns its descriptor. */
export function create(path: string, mode: number): number {
  const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  fs.fchmodSync(fd, mode);
  return fd;
}

/**
 * Puts `text` at `path` in one step: readers see the old file or the new one, never a part. When it
 * fails nothing is left behind.
 *
 * @returns the id of the new file.
 * @throws RodentError PID_FILE
 */
export function replace(path: string, text: string, mode: number): string {
  const temp = temporary(path);
  try {
    const id = writeNew(temp, text, mode);
    fs.renameSync(temp, path);
    return id;
  } catch (error) {
    remove(temp);
    throw fault.failure('write', path, error);
  }
}

function writeNew(path: string, text: string, mode: number): string {
  const fd = create(path, mode);
  try {
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
    return idOf(fs.fstatSync(fd, { bigint: true }));
  } finally {
    fs.closeSync(fd);
  }
}

/** Removes `path` if it is still the file `id` with the content `text`; never throws, see `remove`. */
export function removeOurs(path: string, id: string, text: string): void {
  try {
    const file = readSmall(path, Buffer.byteLength(text));
    if (file !== undefined && idOf(file.stat) === id && file.text === text) remove(path);
  } catch {
    // Not a file we could have written: not ours.
  }
}

/** Removes a file as far as possible; a leftover never decides anything, the lock does. */
export function remove(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // Gone already, or in a folder that has become read-only.
  }
}
