/** What is wrong with a configuration, all of it at once, and what was meant instead. */

import * as errors from '../errors/index.js';
import type { Key } from './keys.js';

export interface Problem {
  /** File and line, flag or variable: `/srv/app/rodent.conf:3`, `--port`, `RODENT_HTTP_PORT`. */
  readonly place: string;
  /** One sentence, never with a secret. */
  readonly text: string;
  /** The key it is about; undefined for a file that cannot be read or a name that nobody knows. */
  readonly key?: Key;
  /** Matters also to who needs a few keys only: a whole file or the command line is in question. */
  readonly isFatal?: true;
}

/** The line that shows a problem to people. */
function describe(problem: Problem): string {
  return `${problem.place}: ${problem.text}`;
}

/** The error that names all `problems`; code CONFIG_INVALID, exit status 2. */
export function invalid(problems: readonly Problem[]): errors.RodentError {
  const [first] = problems;
  const detail =
    first !== undefined && problems.length === 1
      ? `Invalid configuration: ${describe(first)}`
      : ['Invalid configuration:', ...problems.map((problem) => describe(problem))].join('\n  ');
  return new errors.RodentError(detail, { code: 'CONFIG_INVALID', contextData: { problems } });
}

/**
 * Returns the candidate nearest to `name`, or undefined when none is near: letters of either case,
 * dots, dashes and underscores count as equal, and about one slip in three letters is forgiven.
 *
 * @example
 * nearest('htpp.port', ['http.host', 'http.port']); // 'http.port'
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  // What is longer than any name was never meant to be one, and the search takes its square.
  const plain = simplify(name.slice(0, 64));
  let best: string | undefined;
  let least = Math.max(1, Math.min(3, Math.floor(plain.length / 3))) + 1;
  for (const candidate of candidates) {
    const slips = distance(plain, simplify(candidate));
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

/** " Did you mean "x"?", or nothing when no candidate is near. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[._-]/g, '');
}

/** Letters inserted, removed, replaced or swapped with their neighbour. Source: Damerau (1964). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next[column] = Math.min(
        at(next, column - 1) + 1,
        at(last, column) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped && row > 1 ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, next];
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
