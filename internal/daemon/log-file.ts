/** The files that take a daemon's stdout and stderr: opened for it, and read when it fell silent. */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';

/** Source: Rodent, go-daemon context: LogFilePerm 0640 (R-ROD-22). */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** Last words: enough for a stack, little enough for a terminal. */
const LAST_LINES = 20;
const LAST_BYTES = 8192;

const FLAGS: number =
  fs.constants.O_WRONLY |
  fs.constants.O_APPEND |
  fs.constants.O_CREAT |
  // A FIFO that nobody reads must not hold the start.
  fs.constants.O_NONBLOCK;

/**
 * Opens `file` for appending, with its folder (0750) and itself (0640) made when missing.
 *
 * @returns the descriptor, which the caller closes.
 * @throws RodentError FILE.
 */
export function open(file: string): number {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
    return fs.openSync(file, FLAGS, FILE_MODE);
  } catch (cause) {
    const reason = errors.describe(cause);
    throw new errors.RodentError(`Cannot open the log file "${file}": ${reason}.`, {
      code: 'FILE',
      cause,
    });
  }
}

/** Size of `file` in bytes; 0 when there is none, or none that can be seen. */
export function sizeBytes(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch {
    // Whoever opens the file says why it cannot.
    return 0;
  }
}

/** What was appended to `file` since it had `fromByte` bytes: the last 20 lines of it, at most 8 KiB. */
export function lastLines(file: string, fromByte: number): readonly string[] {
  const size = sizeBytes(file);
  const start = Math.max(fromByte, size - LAST_BYTES);
  return read(file, start, size - start)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
}

function read(file: string, position: number, length: number): string {
  if (length <= 0) return '';
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(length);
      return buffer.toString('utf8', 0, fs.readSync(fd, buffer, 0, length, position));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // A log that may be written but not read: the error does without last words.
    return '';
  }
}
