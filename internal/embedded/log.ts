/** The server's log: one file that the server writes into by itself, and that cannot grow for ever. */

import fs from 'node:fs';

/** When the file is moved aside, and how much of its end is read for the last words. */
const LIMIT_BYTES = 5 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 20;

/** A log as a server writes it. */
export interface ServerLog {
  /** For the server; to be closed once it has been started. */
  readonly fd: number;
  /** The last lines since it was opened, the oldest first; at most 20. */
  words(): readonly string[];
}

/** Opens the log, after moving a large one aside as `<file>.1`. */
export function openLog(file: string): ServerLog {
  if (sizeOf(file) > LIMIT_BYTES) fs.renameSync(file, `${file}.1`);
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
  const fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const from = fs.fstatSync(fd).size;
  return { fd, words: () => wordsIn(file, from) };
}

/** The last lines of a log after the first `from` bytes; none when it cannot be read. */
export function wordsIn(file: string, from = 0): readonly string[] {
  try {
    const fd = fs.openSync(file, 'r');
    try {
      const { size } = fs.fstatSync(fd);
      // One that is shorter than it was has been emptied meanwhile.
      const start = Math.max(from > size ? 0 : from, size - TAIL_BYTES);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      const length = fs.readSync(fd, buffer, 0, buffer.length, start);
      return lastLines(buffer.toString('utf8', 0, length));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return [];
  }
}

/**
 * Keeps a log in bounds whose server runs: what is large is copied to `<file>.1` and emptied. The
 * server appends, so it goes on at the new end; what it writes between the two steps is lost.
 */
export function bound(file: string): void {
  if (sizeOf(file) <= LIMIT_BYTES) return;
  fs.copyFileSync(file, `${file}.1`);
  fs.truncateSync(file);
}

function lastLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-TAIL_LINES);
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
