/** Running a worker script with what its language needs. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as errors from '../internal/errors/index.js';
import * as host from '../internal/host/index.js';
import * as scripts from '../internal/scripts/index.js';
import * as worker from '../internal/worker/index.js';
import type { Shell } from './command.js';

/** What is passed on to the script while it runs. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** A call of a worker script. */
export interface ScriptCall {
  readonly verb: string;
  /** The worker's id and the script, in either order. */
  readonly words: readonly string[];
  readonly foreground: boolean;
}

/**
 * Does with the worker of a script what the verb says, and returns the exit status. To start it, the
 * script runs in its own process, with our streams; to stop it or to ask for it, it need not even load.
 */
export async function runScript(call: ScriptCall, shell: Shell): Promise<number> {
  const { id, script } = wordsOf(call);
  const file = path.resolve(shell.cwd, script);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new errors.RodentError(`Cannot find the worker script "${script}".`, {
      code: 'NOT_FOUND',
    });
  }
  const details = worker.detailsOf(file);
  const workerId = id.toLowerCase();
  if (call.verb === 'stop' || call.verb === 'status') {
    return worker.ask({ details, order: { command: call.verb, workerId } });
  }
  return run({ ...call, words: [file, workerId] }, shell);
}

function run({ verb, words, foreground }: ScriptCall, shell: Shell): Promise<number> {
  const [file = '', id = ''] = words;
  const flags = foreground ? ['--foreground'] : [];
  const child = spawn(process.execPath, [...scripts.flagsFor(file), file, verb, id, ...flags], {
    cwd: shell.cwd,
    env: shell.env,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const name of SIGNALS) process.on(name, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of SIGNALS) process.off(name, forward);
      resolve(code ?? 128 + os.constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

function wordsOf({ verb, words }: ScriptCall): { readonly id: string; readonly script: string } {
  const [first = '', second = ''] = words;
  const [id, script] = host.isUuid(second) ? [second, first] : [first, second];
  if (words.length === 2 && host.isUuid(id)) return { id, script };
  const wrong = words.length === 2 ? ` "${id}" is not a UUID.` : '';
  throw new errors.RodentError(`Usage: rodent worker ${verb} <worker_id> <script>.${wrong}`, {
    code: 'USAGE',
  });
}
