/** What is wrong with a configuration, all of it at once. */

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
export function describe(problem: Problem): string {
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
