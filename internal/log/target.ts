/** What stands behind a sink: a descriptor that was given, or a file with a name. */

import fs from 'node:fs';

import type { RotateOptions } from './rotate.js';

/** A write of at most this many bytes to a pipe arrives in one piece. Source: pipe(7), PIPE_BUF. */
const PIPE_BYTES = 4096;

/** Where a sink writes. */
export interface Target {
  /** The file's path, `stdout` or `stderr`. */
  readonly name: string;
  readonly fd: number;
  /** Whether it is opened and closed here, not given. */
  readonly isFile: boolean;
  /** Most bytes in one write, cut at the end of a line; Infinity for any number. */
  readonly chunkBytes: number;
  readonly rotations: number;
  /** Called between two lines, before `bytes` are written: time to rotate, or to follow a rename. */
  prepare(bytes: number): void;
  /** Called after `bytes` were written. */
  wrote(bytes: number): void;
  /** Opens the file under its name again; nothing for a descriptor. */
  reopen(): void;
  /** Changes when the file is rotated; nothing for a descriptor. */
  setRotation(rotation: RotateOptions | undefined): void;
  close(): void;
}

/** Makes a target of descriptor 1 or 2, which is neither rotated nor closed. */
export function descriptor(fd: 1 | 2): Target {
  return {
    name: fd === 1 ? 'stdout' : 'stderr',
    fd,
    isFile: false,
    chunkBytes: isPipe(fd) ? PIPE_BYTES : Number.POSITIVE_INFINITY,
    rotations: 0,
    prepare: nothing,
    wrote: nothing,
    reopen: nothing,
    setRotation: nothing,
    close: nothing,
  };
}

/** Several processes may share a pipe; writes that fit into it whole do not mix their lines. */
function isPipe(fd: number): boolean {
  try {
    const stat = fs.fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // A closed descriptor; the first write says so.
  }
}

function nothing(): void {
  // A descriptor needs no care between its lines.
}
