/** The lines of a log file as they come, through rotation and truncation. */

import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import { openFile, readTail } from './tail.js';

const NEWLINE = 10;
const BLOCK_BYTES = 64 * 1024;
const DEFAULT_POLL_MS = 200;
/** How long (ms) a file that was renamed is still read: its writer learns of it later than we do. */
const RETIRED_MS = 5_000;
/** Old files among which the one that was followed is looked for. */
const MAX_OLD_FILES = 100;

export interface FollowOptions {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Lines from before that are given first. Default: 0. */
  readonly lines?: number;
  /** How often (ms) the file is looked at. Default: 200. */
  readonly pollMs?: number;
}

/** One file, present or renamed, and how far it was read. */
interface Source {
  readonly handle: fs.FileHandle;
  readonly dev: number;
  readonly ino: number;
  offset: number;
  /** The begin of a line whose end has not come yet. */
  rest: Buffer;
  retiredAtMs: number | undefined;
}

/**
 * Gives each new line of the file to `onLine`, until the signal aborts. Lines of files that were
 * rotated away between two looks are given too, in order.
 *
 * @throws RodentError FILE when the file is missing or cannot be read at the beginning.
 */
export async function follow(
  file: string,
  onLine: (line: string) => void,
  options: FollowOptions,
): Promise<void> {
  const { signal, lines = 0, pollMs = DEFAULT_POLL_MS } = options;
  const sources = [await openFirst(file, lines, onLine)];
  try {
    while (!signal.aborted) {
      for (const source of sources) await readNew(source, onLine);
      await findNewer(file, sources);
      await retire(sources, onLine);
      await pause(pollMs, signal);
    }
  } finally {
    await Promise.all(sources.map((source) => source.handle.close()));
  }
}

async function openFirst(
  file: string,
  lines: number,
  onLine: (line: string) => void,
): Promise<Source> {
  const handle = await openFile(file);
  const end = await readTail(handle, lines);
  for (const line of end.lines) onLine(line);
  return toSource(handle, end.restAt);
}

async function toSource(handle: fs.FileHandle, offset = 0): Promise<Source> {
  const { dev, ino } = await handle.stat();
  return { handle, dev, ino, offset, rest: Buffer.alloc(0), retiredAtMs: undefined };
}

async function readNew(source: Source, onLine: (line: string) => void): Promise<void> {
  const { size } = await source.handle.stat();
  if (size < source.offset) {
    source.offset = 0; // Truncated: what is there now is new.
    source.rest = Buffer.alloc(0);
  }
  const block = Buffer.alloc(BLOCK_BYTES);
  for (;;) {
    const { bytesRead } = await source.handle.read(block, 0, BLOCK_BYTES, source.offset);
    if (bytesRead === 0) return;
    source.offset += bytesRead;
    source.rest = giveLines(Buffer.concat([source.rest, block.subarray(0, bytesRead)]), onLine);
  }
}

/** Gives the whole lines and returns what follows the last. */
function giveLines(bytes: Buffer, onLine: (line: string) => void): Buffer {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    onLine(bytes.toString('utf8', start, end));
    start = end + 1;
  }
  return bytes.subarray(start);
}

/** When the name stands for another file now, takes up that one and those that came in between. */
async function findNewer(file: string, sources: Source[]): Promise<void> {
  const present = await openAgain(file);
  if (present === undefined) return; // Between rename and create, or removed: the old one may go on.
  if (isKnown(present, sources)) return present.handle.close();
  const between = await openBetween(file, [...sources, present]);
  const now = clock.monotonicMs();
  for (const source of sources) source.retiredAtMs ??= now;
  for (const source of between) source.retiredAtMs = now;
  sources.push(...between, present);
}

/** The old files that are younger than the known ones, oldest first; none when no known one is found. */
async function openBetween(file: string, known: readonly Source[]): Promise<Source[]> {
  const younger: Source[] = [];
  const newest = known.at(-1);
  for (let n = 1; n <= MAX_OLD_FILES; n += 1) {
    const source = await openAgain(`${file}.${n}`);
    if (source === undefined) break;
    if (!isKnown(source, [...known, ...younger])) {
      younger.unshift(source);
      continue;
    }
    await source.handle.close();
    // The present file itself may be rotated while we look; only an older one ends the search.
    const isPresent = source.ino === newest?.ino && source.dev === newest.dev;
    if (!isPresent && !isKnown(source, younger)) return younger;
  }
  await Promise.all(younger.map((source) => source.handle.close()));
  return [];
}

function isKnown(source: Source, sources: readonly Source[]): boolean {
  return sources.some((known) => known.ino === source.ino && known.dev === source.dev);
}

async function openAgain(file: string): Promise<Source | undefined> {
  try {
    return await toSource(await fs.open(file, 'r'));
  } catch {
    return undefined; // Renamed or removed a moment ago, or not readable yet.
  }
}

/** Lets go of files that were renamed a while ago; a last line without its end is given then. */
async function retire(sources: Source[], onLine: (line: string) => void): Promise<void> {
  const before = clock.monotonicMs() - RETIRED_MS;
  for (const source of sources.filter(({ retiredAtMs = Infinity }) => retiredAtMs < before)) {
    sources.splice(sources.indexOf(source), 1);
    if (source.rest.length > 0) onLine(source.rest.toString('utf8'));
    await source.handle.close();
  }
}

/** Resolves after `ms` or when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Aborted: the loop sees it.
  }
}
