/** One run of systemd-notify, from its start until it has been reaped. */

import { execFile } from 'node:child_process';

import * as errors from '../errors/index.js';
import type { Environment } from './variables.js';

const PROGRAM = 'systemd-notify';

export interface RunOptions {
  readonly socket: string;
  /** Where the program is looked for: PATH; default the usual folders. */
  readonly env: Environment;
  /** Milliseconds after which it is killed. */
  readonly limitMs: number;
}

/** Says `assignments`, all in one message; resolves with what went wrong. Never rejects. */
export function run(
  assignments: readonly string[],
  { socket, env, limitMs }: RunOptions,
): Promise<errors.RodentError | undefined> {
  const options = {
    // Nothing of the service's secrets, and messages in the language that we read.
    env: { NOTIFY_SOCKET: socket, PATH: env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    cwd: '/',
    timeout: limitMs,
    killSignal: 'SIGKILL' as const,
  };
  return new Promise((resolve) => {
    try {
      execFile(PROGRAM, assignments, options, (error, _, stderr) => {
        resolve(error === null ? undefined : problem(assignments, { error, stderr, limitMs }));
      });
    } catch (error) {
      // Some failures to start a process are thrown instead of told.
      resolve(problem(assignments, { error: errors.from(error), stderr: '', limitMs }));
    }
  });
}

/** Whether the program is not there at all: trying again at once is of no use. */
export function isMissing(problem: errors.RodentError): boolean {
  return errors.hasCode(problem.cause, 'ENOENT') || errors.hasCode(problem.cause, 'EACCES');
}

interface Failed {
  readonly error: Error & { readonly killed?: boolean };
  readonly stderr: string;
  readonly limitMs: number;
}

function problem(assignments: readonly string[], failed: Failed): errors.RodentError {
  const detail = `Cannot tell systemd "${assignments.join(' ')}": ${reasonOf(failed)}.`;
  return new errors.RodentError(detail, { code: 'INIT_SYSTEM', cause: failed.error });
}

function reasonOf({ error, stderr, limitMs }: Failed): string {
  if (errors.hasCode(error, 'ENOENT')) return `there is no program "${PROGRAM}" on the PATH`;
  if (error.killed === true) return `"${PROGRAM}" did not end within ${limitMs} ms`;
  const word = stderr.trim().split('\n').at(-1) ?? '';
  return (word === '' ? error.message : word).replace(/\.$/, '');
}
