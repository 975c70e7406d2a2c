/** One configuration file: lines of `key=value`. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import * as dictionary from './dictionary.js';

/** One line that sets a key. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** What a file holds, and what is wrong with it: sentences that name file and line, never a value. */
export interface Parsed {
  readonly entries: readonly Entry[];
  readonly problems: readonly string[];
}

/**
 * Reads a file of `key=value` lines and returns its keys with their values.
 *
 * Empty lines and lines that start with `#` are skipped. A line is split at its first `=`; key and value
 * lose the white space around them and nothing else: no quotes, no comments behind a value.
 *
 * @throws RodentError CONFIG_INVALID naming file and line of every line without `=`, without a key, and
 *   of every key that stands there twice; FILE when the file cannot be read.
 * Source: seed 001 section 4.1, 4.2; R-UNI-24, R-UNI-36…40.
 */
export function parseKeyValueFormat(confFile: string): Record<string, string> {
  const { entries, problems } = parse(confFile, read(confFile));
  const all = [...problems, ...duplicates(entries)];
  if (all.length > 0) throw dictionary.invalid(all);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** Reads a file that may be missing: undefined then; what cannot be read is a problem. */
export function parseIfThere(file: string): Parsed | undefined {
  try {
    return parse(file, fs.readFileSync(file));
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    return { entries: [], problems: [`${file}: it cannot be read: ${errors.describe(error)}`] };
  }
}

/** One problem for each entry whose key an earlier one has set. */
export function duplicates(entries: readonly Entry[]): readonly string[] {
  const first = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const earlier = first.get(entry.key);
    if (earlier === undefined) first.set(entry.key, entry);
    return earlier === undefined ? [] : [duplicate(entry, earlier)];
  });
}

/** The problem of a key that is set at `place` and was set before at `earlier`. */
export function duplicate(
  place: Entry,
  earlier: { readonly file: string; readonly line: number },
): string {
  const { file, line, key } = place;
  return `${file}:${line}: the key "${key}" is set already at ${earlier.file}:${earlier.line}`;
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    const detail = `Cannot read the configuration file "${file}": ${errors.describe(cause)}.`;
    throw new errors.RodentError(detail, { code: 'FILE', contextData: { file }, cause });
  }
}

function parse(file: string, bytes: Buffer): Parsed {
  const entries: Entry[] = [];
  const problems: string[] = [];
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  for (const [index, whole] of text.split('\n').entries()) {
    const line = index + 1;
    const trimmed = whole.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const end = trimmed.indexOf('=');
    const key = trimmed.slice(0, Math.max(end, 0)).trim();
    if (end === -1) problems.push(`${file}:${line}: the line has no "="; it must be key=value`);
    else if (key === '') problems.push(`${file}:${line}: the line has no key before its "="`);
    else entries.push({ key, value: trimmed.slice(end + 1).trim(), file, line });
  }
  return { entries, problems };
}
