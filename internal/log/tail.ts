/** The end of a log file, read from its end. */

import fs from 'node:fs/promises';

import * as errors from '../errors/index.js';
import { reason } from './problem.js';

const NEWLINE = 10;
/** Bytes read at a time, going backwards. */
const BLOCK_BYTES = 64 * 1024;

/** What stands at the end of a file. */
export interface Tail {
  /** Whole lines without their ends. */
  readonly lines: readonly string[];
  /** What stands after the last line's end. */
  readonly rest: string;
  /** The byte at which `rest` begins. */
  readonly restAt: number;
}

/**
 * Returns the last `count` lines of the file without their ends; what stands after the last line's end
 * counts as a line.
 *
 * @throws RodentError FILE when the file is missing or cannot be read.
 */
export async function tail(file: string, count: number): Promise<readonly string[]> {
  const handle = await openFile(file);
  try {
    const { lines, rest } = await readTail(handle, count);
    return lastOf(rest === '' ? lines : [...lines, rest], count);
  } finally {
    await handle.close();
  }
}

/** Opens a log file for reading; throws FILE with a sentence. */
export async function openFile(file: string): Promise<fs.FileHandle> {
  try {
    const handle = await fs.open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    const why = errors.hasCode(error, 'ENOENT') ? 'there is no such file' : reason(error);
    throw unreadable(file, why, error);
  }
  throw unreadable(file, 'it is not a file');
}

function unreadable(file: string, why: string, cause?: unknown): errors.RodentError {
  return new errors.RodentError(`Cannot read the log file "${file}": ${why}.`, {
    code: 'FILE',
    contextData: { file },
    cause,
  });
}

/** Reads blocks from the end until they hold `count` lines. */
export async function readTail(handle: fs.FileHandle, count: number): Promise<Tail> {
  const { size } = await handle.stat();
  const blocks: Buffer[] = [];
  let start = size;
  let ends = 0;
  // One line end more than lines: the one before the first of them.
  while (start > 0 && ends <= count) {
    const length = Math.min(BLOCK_BYTES, start);
    start -= length;
    const block = await readBlock(handle, start, length);
    blocks.unshift(block);
    ends += countNewlines(block);
  }
  const lines = Buffer.concat(blocks).toString('utf8').split('\n');
  const rest = lines.pop() ?? '';
  return { lines: lastOf(lines, count), rest, restAt: size - Buffer.byteLength(rest) };
}

function lastOf(lines: readonly string[], count: number): readonly string[] {
  return count <= 0 ? [] : lines.slice(-count);
}

async function readBlock(handle: fs.FileHandle, start: number, length: number): Promise<Buffer> {
  const block = Buffer.alloc(length);
  const { bytesRead } = await handle.read(block, 0, length, start);
  return block.subarray(0, bytesRead);
}

function countNewlines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
