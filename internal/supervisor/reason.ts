/** Why a process ended, in words, and as an error. */

import type * as child from '../child/index.js';
import * as errors from '../errors/index.js';

/** Exit codes by which a process says that starting it again is no use: EX_CONFIG, and that of s6. */
const PERMANENT: ReadonlySet<number> = new Set([78, 125]);

/** Whether a process that ended so must not be started again. */
export function isPermanent(exit: child.Exit): boolean {
  return exit.code !== null && PERMANENT.has(exit.code);
}

/** What a worker did to its process. */
interface Deed {
  /** The reason for which it was asked to end. */
  readonly told: string | undefined;
  /** The reason for which it was killed. */
  readonly doom: string | undefined;
}

/** Why a process ended, asked or not. */
export function describeEnd(exit: child.Exit, { told, doom }: Deed): string {
  if (told === undefined) return doom ?? describeExit(exit);
  if (doom !== undefined) return `${told}, killed: ${doom}`;
  return exit.code === 0 ? told : `${told} (${exit.signal ?? `exit status ${exit.code ?? '?'}`})`;
}

/** The reason for a stop, in words. */
export function describeStop(reason: child.StopReason): string {
  return reason.kind === 'stop' ? 'stopped' : `replaced: ${reason.why}`;
}

/** The error of a worker that ended for `reason` before it was of use. */
export function errorOf(name: string, reason: string, exit: child.Exit): Error {
  if (exit.error !== undefined) return exit.error;
  const word = tellingWord(exit.words);
  const said = word === undefined ? '' : ` It said: ${word}`;
  return new errors.RodentError(`The worker "${name}" did not start: ${reason}.${said}`, {
    code: 'START_FAILED',
    contextData: { worker: name, words: exit.words },
  });
}

/** Why a process ended that nobody had asked to: `exit status 1`, `SIGSEGV`. */
function describeExit(exit: child.Exit): string {
  if (exit.error !== undefined) return errors.describe(exit.error);
  const heap = heapMessage(exit);
  if (heap !== undefined) return `out of memory: ${heap}`;
  if (exit.signal === 'SIGKILL') return 'SIGKILL (perhaps out of memory)';
  return exit.signal ?? `exit status ${exit.code ?? '?'}`;
}

/** V8 ends the process itself when its heap is full, with SIGABRT or, under a shell, 134. */
function heapMessage(exit: child.Exit): string | undefined {
  if (exit.signal !== 'SIGABRT' && exit.code !== 134) return undefined;
  const line = exit.words.find((word) => word.includes('heap out of memory'));
  return line?.replace(/^.*FATAL ERROR: /, '').trim();
}

/** Of a process's last words the line that says most: the last error, else the last line. */
function tellingWord(words: readonly string[]): string | undefined {
  const lines = words.map((word) => word.trim()).filter((word) => word !== '');
  return lines.findLast(isError) ?? lines.findLast((line) => !/^Node\.js v\d/.test(line));
}

function isError(line: string): boolean {
  return /^(Uncaught )?[\w$.]*(Error|Exception)\b.*: /.test(line);
}
