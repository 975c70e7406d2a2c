/** The machine that the service shall start on, and its programs. */

import { execFile } from 'node:child_process';
import path from 'node:path';

import * as errors from '../errors/index.js';

/** What is known of the machine and of whoever asks. */
export interface Machine {
  /** Effective user id; 0 installs system units. */
  readonly uid: number | undefined;
  /** The name of that user. */
  readonly user: string;
  readonly homeDir: string;
  /** PATH finds the programs; XDG_CONFIG_HOME and XDG_RUNTIME_DIR say where user units are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that stands for `/` where units and the signs of systemd are looked for; default `/`. */
  readonly root?: string;
}

/** How a program ended. Texts hold one character a byte, so that nothing is lost in them. */
export interface Outcome {
  /** Undefined when the program does not exist. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What it reads, one character a byte; default: nothing. */
  readonly input?: string;
  /** Its whole environment; default: the machine's, with messages in English. */
  readonly env?: Machine['env'];
}

/** The absolute path `file` below the machine's root. */
export function placeOf({ root = '/' }: Machine, file: string): string {
  return path.join(root, file);
}

/**
 * Runs a program to its end.
 *
 * @throws RodentError INIT_SYSTEM when it cannot be started though it exists, or a signal ended it.
 */
export function run(
  machine: Machine,
  [program = '', ...args]: readonly string[],
  { input = '', env = { ...machine.env, LC_ALL: 'C' } }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { env, cwd: '/', encoding: 'latin1' as const, maxBuffer: 64 << 20 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, stdout, stderr });
      else if (errors.hasCode(error, 'ENOENT')) resolve({ status: undefined, stdout, stderr });
      else reject(unable(program, error));
    });
    child.stdin?.on('error', () => {}); // A program that does not read says why by its end.
    child.stdin?.end(Buffer.from(input, 'latin1'));
  });
}

/** The last line that a program wrote, without a full stop; its status where it wrote none. */
export function reasonOf({ status, stderr, stdout }: Outcome): string {
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  const last = Buffer.from(lines.at(-1) ?? '', 'latin1')
    .toString('utf8')
    .trim();
  return last === '' ? `it ended with status ${status ?? '?'}` : last.replace(/\.$/, '');
}

function unable(program: string, cause: Error | null): errors.RodentError {
  return new errors.RodentError(`Cannot run "${program}": ${errors.describe(cause)}.`, {
    code: 'INIT_SYSTEM',
    cause,
  });
}
