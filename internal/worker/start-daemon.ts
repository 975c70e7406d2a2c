/** Starting a worker in the background, seen from both sides. */

/* oxlint-disable max-params -- the manual's signature */

import path from 'node:path';

import * as context from '../context/index.js';
import * as daemon from '../daemon/index.js';
import type * as postgres from '../postgres/index.js';
import type { Config } from './dictionary.js';
import { setupLogging } from './logging.js';
import type { Job, WorkerFunction } from './run.js';
import { perform } from './run.js';
import { getCallingFilePath } from './script.js';
import { settingsOf } from './settings.js';

/** How long a worker may take to run: its module's load, a database that does not answer. */
const TIMEOUT_MS = 60_000;

/** Which side of the start this process was. */
export type DaemonStart =
  /** The worker runs in the background, as this process. */
  | { readonly role: 'parent'; readonly pid: number }
  /** This was the worker, and it has ended. */
  | { readonly role: 'daemon' };

/**
 * Starts the worker in the background: closes `connection`, runs the calling script once more as a
 * daemon (working directory `script_dir`, its output in the log file) and resolves when the worker runs.
 * In the daemon, where the script comes to the same call, it runs the worker, see `run`.
 *
 * @throws RodentError the worker's own, when it could not start; nothing of it is left then.
 * Source: seed 001 section 3; R-UNI-15, R-UNI-72, W-UNI-22.
 */
export async function startDaemon(
  config: Config,
  connection: postgres.Database | undefined,
  workerFunction: WorkerFunction,
  pidFile: string,
): Promise<DaemonStart> {
  const script = getCallingFilePath();
  const own = daemon.handshake();
  // A pool belongs to the process that opened it.
  await connection?.close();
  if (own.role !== 'daemon') return { role: 'parent', pid: await launch(config, { script }) };
  await runAsDaemon({ config, workerFunction, pidFile, parent: context.background() });
  return { role: 'daemon' };
}

/** The daemon's side: says that it runs to whoever started it, and writes what it prints into its log. */
export async function runAsDaemon(
  job: Pick<Job, 'config' | 'workerFunction' | 'pidFile' | 'parent'>,
): Promise<void> {
  process.umask(0o002);
  const settings = settingsOf(job.config);
  const log = setupLogging(job.config);
  log.captureOutput();
  try {
    await perform({ ...job, settings, log, connection: undefined, onRunning: sayReady });
  } finally {
    log.close();
  }
}

function sayReady(): Promise<unknown> {
  return daemon.handshake().ready();
}

/** Starts `script` as a daemon and returns its process id when the worker runs. */
export async function launch(
  config: Config,
  options: { readonly script: string; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  // Opened here as well, so that a file that cannot be written is refused before anything starts.
  const log = setupLogging(config);
  log.close();
  const { pid } = await daemon.launch({
    script: options.script,
    arguments: ['start', config.worker_id],
    execArgv: process.execArgv.map((flag) => withAbsolutePath(flag)),
    cwd: config.script_dir,
    stdout: log.file,
    stderr: log.file,
    timeoutMs: TIMEOUT_MS,
    signal: options.signal,
  });
  return pid;
}

/** A flag such as `--import=./loader.mjs` means a file of this folder, not of the worker's. */
function withAbsolutePath(flag: string): string {
  const [, name = '', value = ''] = /^(--[\w-]+=)?(\.{1,2}\/.*)$/.exec(flag) ?? [];
  return value === '' ? flag : `${name}${path.resolve(value)}`;
}
