/** Starting a daemon, and staying until it stands or is gone. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as errors from '../errors/index.js';
import type { LauncherOrder } from './launcher.js';
import * as logFile from './log-file.js';
import type { ProgramOptions } from './program.js';
import * as stopping from './stop.js';
import * as talks from './talk.js';

export interface LaunchOptions extends ProgramOptions {
  /** File that takes stdout, appended to, made with mode 0640 when missing. */
  readonly stdout: string;
  /** File that takes stderr; may be the same. */
  readonly stderr: string;
}

/** A daemon that said it is ready. */
export interface Launched {
  readonly pid: number;
  /** What the daemon passed to `ready`. */
  readonly info: unknown;
}

/** Descriptor of the handshake's pipe in the launcher. */
const PIPE = 3;

const LAUNCHER: string = fileURLToPath(new URL('./launcher.js', import.meta.url));

/**
 * Starts `script` as a daemon and resolves when it said that it is ready.
 *
 * Whatever goes wrong, the daemon is gone before this rejects. `contextData` carries `exitCode`, the
 * daemon's own exit status, where it could tell it.
 *
 * @throws RodentError the daemon's own; START_FAILED when it ended without a word or cannot be started;
 *   NOT_READY after `timeoutMs`; CANCELED after `signal`; FILE when a log file cannot be opened.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  check(options);
  const logStart = logFile.sizeBytes(options.stderr);
  const launcher = startLauncher(options);
  const stderr = collect(launcher.stderr);
  const talk = talks.open(launcher, PIPE);
  const failure = once(launcher, 'exit').then(
    () => undefined,
    (error: unknown) => error,
  );
  const result = await talks.outcome(talk, options);
  if (result.kind === 'ready') {
    talk.channel.send({ type: 'go' });
    talk.channel.close();
    return { pid: result.pid, info: result.info };
  }
  await clear(talk, launcher, result.kind);
  const words = [...stderr(), ...logFile.lastLines(options.stderr, logStart)];
  const { timeoutMs } = options;
  throw talks.toError(result, { subject: 'The service', words, timeoutMs, cause: await failure });
}

function check({ script, node = process.execPath, cwd = process.cwd() }: LaunchOptions): void {
  access(cwd, { what: 'folder', mode: fs.constants.X_OK });
  access(node, { what: 'program', mode: fs.constants.X_OK });
  access(script, { what: 'script', mode: fs.constants.R_OK });
}

function access(file: string, { what, mode }: { what: string; mode: number }): void {
  try {
    fs.accessSync(file, mode);
  } catch (cause) {
    const detail = `Cannot start the service: the ${what} "${file}" is missing or must not be used.`;
    throw new errors.RodentError(detail, { code: 'START_FAILED', cause });
  }
}

function startLauncher(options: LaunchOptions): ChildProcess {
  const { script, node = process.execPath, execArgv = process.execArgv } = options;
  const words = [...execArgv, script, ...(options.arguments ?? [])];
  const order: LauncherOrder = { node, words };
  const stdout = logFile.open(options.stdout);
  try {
    const stderr = logFile.open(options.stderr);
    try {
      return spawn(process.execPath, [LAUNCHER, JSON.stringify(order)], {
        cwd: options.cwd,
        env: options.env,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe', stdout, stderr],
      });
    } finally {
      fs.closeSync(stderr);
    }
  } finally {
    fs.closeSync(stdout);
  }
}

/** Gathers what the launcher itself has to say; it says something only when it fails. */
function collect(stream: NodeJS.ReadableStream | null): () => readonly string[] {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text.split('\n').filter((line) => line.trim() !== '');
}

/** Leaves nothing half started: neither launcher nor daemon nor the daemon's children. */
async function clear(talk: talks.Talk, launcher: ChildProcess, kind: string): Promise<void> {
  if (kind === 'failed') await stopping.within(talk.ended, stopping.PATIENCE_MS);
  const pid = talk.pid();
  if (pid === undefined) launcher.kill('SIGKILL');
  else await stopping.stop(pid, talk.ended, { isLeader: true });
  talk.channel.close();
}
