/** What goes wrong with the embedded database, in one sentence each. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/** An error of this package; `detail` is its sentence. */
export function fault(detail: string, cause?: unknown): errors.RodentError {
  return new errors.RodentError(detail, { code: 'EMBEDDED_DATABASE', cause });
}

/** Words of PostgreSQL's before what it has to say, each with its own time, process and program. */
const BEFORE = /^.*?\b(?:PANIC|FATAL|ERROR|error|could not execute command):\s+/;
const SCARCE_BYTES = 1024 * 1024;
const FULL_DISK = /No space left on device|Disk quota exceeded/;

/** What PostgreSQL's last lines say went wrong, as the end of a sentence without its full stop. */
export function reasonOf(words: readonly string[], otherwise: string): string {
  if (words.some((line) => FULL_DISK.test(line))) return 'the disk is full';
  const told = words.findLast((line) => BEFORE.test(line)) ?? words.at(-1);
  const text = told?.replace(BEFORE, '').trim().replace(/\.$/, '') ?? '';
  return text === '' ? otherwise : text;
}

/** Whether so little is free where `dir` lies that its log may be missing the reason of a failure. */
export function isFull(dir: string): boolean {
  try {
    const { bavail, bsize } = fs.statfsSync(dir);
    return bavail * bsize < SCARCE_BYTES;
  } catch {
    return false;
  }
}

/** Runs `act`; what it throws becomes a fault that begins with `what`, unless it is an error of ours. */
export async function attempt<T>(what: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw asFault(what, cause);
  }
}

/** `cause` as a fault that begins with `what`; an error of ours stays as it is. */
export function asFault(what: string, cause: unknown): errors.RodentError {
  if (errors.isRodentError(cause)) return cause;
  return fault(`${what}: ${systemReason(cause)}.`, cause);
}

/** The words of a system error without its code and path, which the sentence around has already. */
function systemReason(cause: unknown): string {
  if (errors.hasCode(cause, 'ENOSPC') || errors.hasCode(cause, 'EDQUOT')) return 'the disk is full';
  const text = errors.describe(cause);
  const [, words] = /^[A-Z]+: ([^,]+)/.exec(text) ?? [];
  return words ?? text.replace(/\.$/, '');
}
