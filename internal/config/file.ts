/** One configuration file: read with care, then split into lines of `key=value`. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import type { Problem } from './problem.js';

/** One assignment of a file. */
export interface Pair {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Parsed {
  readonly pairs: readonly Pair[];
  readonly problems: readonly Problem[];
}

export interface ConfigFile extends Parsed {
  readonly path: string;
  readonly text: string;
  /** Permission bits of a regular file, e.g. 0o644; undefined for a pipe. */
  readonly mode: number | undefined;
}

/** No configuration is larger; keeps `-c /dev/zero` from filling the memory. */
const LARGEST_BYTES = 1_048_576;

/**
 * Reads the file at `path`; undefined when there is none, or none that this user can see. A file that cannot be read, is not text or
 * is too large comes back as a problem that names it, without any pairs.
 */
export function read(path: string): ConfigFile | undefined {
  const file = { path, text: '', mode: undefined, pairs: [] };
  try {
    const { bytes, mode } = readBytes(path);
    if (bytes.length > LARGEST_BYTES) {
      return { ...file, problems: [whole(path, 'The file is larger than 1 MiB.')] };
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { ...file, text, mode, ...parse(text, path) };
  } catch (error) {
    if (!isThere(path)) return undefined;
    return { ...file, problems: [whole(path, unreadable(error))] };
  }
}

/**
 * Splits `text` into its assignments. Empty lines and lines whose first sign is `#` are passed over,
 * the first `=` splits, white space around key and value goes; there is no quoting. A line without
 * `=`, an empty key, a control character and a key met twice are problems; none repeats a value.
 *
 * Source: design section 4; R-UNI-35…40.
 */
export function parse(text: string, path: string): Parsed {
  const pairs = new Map<string, Pair>();
  const problems: Problem[] = [];
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const pair = split(content, index + 1);
    const mistake = mistakeOf(content, pair) ?? repeated(pair, pairs);
    if (mistake !== undefined) problems.push({ place: `${path}:${index + 1}`, text: mistake });
    else if (pair !== undefined) pairs.set(pair.key, pair);
  }
  return { pairs: [...pairs.values()], problems };
}

function split(content: string, line: number): Pair | undefined {
  const at = content.indexOf('=');
  if (at < 0 || content.trimStart().startsWith('#')) return undefined;
  return { key: content.slice(0, at).trim(), value: content.slice(at + 1).trim(), line };
}

function mistakeOf(content: string, pair: Pair | undefined): string | undefined {
  if (/^\s*(?:#|$)/.test(content)) return undefined;
  if (/[^\P{Cc}\t]/u.test(content))
    return 'The line holds a control character: this is no text file.';
  if (pair === undefined) return 'The line is not of the form key=value.';
  return pair.key === '' ? 'The line has no key before its "=".' : undefined;
}

function repeated(pair: Pair | undefined, pairs: ReadonlyMap<string, Pair>): string | undefined {
  const first = pair === undefined ? undefined : pairs.get(pair.key);
  if (pair === undefined || first === undefined) return undefined;
  return `"${pair.key}" stands here a second time, after line ${first.line}; keep one of them.`;
}

/** In a folder that this user may not enter, such as the home of another, nothing is there for it. */
function isThere(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function whole(place: string, text: string): Problem {
  return { place, text, isFatal: true };
}

/** Descriptor first, then its mode: what was looked at is what is read. */
function readBytes(path: string): { readonly bytes: Buffer; readonly mode: number | undefined } {
  const descriptor = fs.openSync(path, 'r');
  try {
    const stat = fs.fstatSync(descriptor);
    return { bytes: readUpTo(descriptor), mode: stat.isFile() ? stat.mode & 0o777 : undefined };
  } finally {
    fs.closeSync(descriptor);
  }
}

function readUpTo(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total <= LARGEST_BYTES) {
    const chunk = Buffer.allocUnsafe(65_536);
    const count = fs.readSync(descriptor, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return Buffer.concat(chunks);
}

function unreadable(error: unknown): string {
  if (errors.hasCode(error, 'EACCES')) return 'The file may not be read by this user.';
  if (errors.hasCode(error, 'EISDIR')) return 'This is a folder, not a file.';
  if (errors.hasCode(error, 'ERR_ENCODING_INVALID_ENCODED_DATA'))
    return 'The file is not UTF-8 text.';
  return `The file cannot be read: ${errors.describe(error)}.`;
}
