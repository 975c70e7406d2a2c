/** What goes wrong with logging itself, told to whoever opened the log and never thrown. */

import fs from 'node:fs';
import util from 'node:util';

import * as errors from '../errors/index.js';

/** One thing that went wrong with a stream, or ended. */
export interface Problem {
  /**
   * `open`: the file cannot be created, stderr stands in. `stalled`: it cannot be written for now.
   * `gone`: its reader left for good. `recovered`: it is written again. `reopen` and `rotate`: the
   * present file stays in use.
   */
  readonly kind: 'open' | 'stalled' | 'gone' | 'recovered' | 'reopen' | 'rotate';
  /** The file's path, `stdout` or `stderr`. */
  readonly destination: string;
  /** One sentence. */
  readonly detail: string;
  /** Lines lost in this destination since it was opened. */
  readonly dropped: number;
  readonly cause?: unknown;
}

/** Hears of problems; it may log them. */
export type OnProblem = (problem: Problem) => void;

/** Writes the problem's sentence to descriptor 2; a stderr that cannot be written is nobody's news. */
export function tellStderr(problem: Problem): void {
  try {
    fs.writeSync(2, `rodent: ${problem.detail}\n`);
  } catch {
    // The last place to complain to is gone as well.
  }
}

/** Why a system call failed, in words that end a sentence: `permission denied`. */
export function reason(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    const known = util.getSystemErrorMap().get(error.errno);
    if (known !== undefined) return known[1];
  }
  return errors.describe(error);
}

/** A destination as the object of a sentence. */
export function quoted(destination: string): string {
  return destination.includes('/') ? `the log file "${destination}"` : destination;
}
