/** Processes by their numbers, and the PID file of a worker, which says more than a number. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as pidfile from '../pidfile/index.js';
import type { Config } from './dictionary.js';

/** Between two looks for the process id of a worker that is just starting. */
const LOOK_MS = 20;
/** How long a worker that holds its lock may take to write its process id. */
const PUBLISH_MS = 5000;
/** How long a killed process may take to let its lock go. */
const KILLED_MS = 10_000;

/** How a worker is stopped. */
export interface StopOptions {
  /** Milliseconds after which it is killed; default 20,000. */
  readonly timeoutMs?: number;
  /** Told every second what is waited for; default: a line on stderr. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Whether a process with this id runs. One that we may not signal does; a zombie does not.
 *
 * Source: seed 001 section 3; R-UNI-21, W-UNI-3.
 */
export function isPidAlive(pid: number): boolean {
  return pidfile.identify(pid) !== undefined;
}

/**
 * Whether the process that started this one still runs: `parentPid`, remembered at the start, still is
 * our parent. Asked this way a process that was given the parent's number later deceives nobody.
 *
 * Source: seed 001 section 3; R-UNI-7, W-UNI-21.
 */
export function isParentAlive(parentPid: number): boolean {
  // On Windows an orphan keeps its parent's number.
  return process.ppid === parentPid && (process.platform !== 'win32' || isPidAlive(parentPid));
}

/**
 * Returns the path of the worker's PID file. Its folder is made, closed to others, by whoever starts.
 *
 * Source: seed 001 section 3; R-UNI-29.
 */
export function getPidFilePath(
  config: Pick<Config, 'root_dir' | 'worker_type' | 'worker_id'>,
): string {
  return path.join(config.root_dir, 'pid', config.worker_type, `${config.worker_id}.pid`);
}

/**
 * Returns the process id of the worker that holds `pidFile`, undefined when none does. Files that a dead
 * one left are removed. The kernel's lock decides, never the number in the file.
 *
 * @throws RodentError PID_FILE when nobody can tell.
 * Source: seed 001 section 3; R-UNI-22, W-UNI-1.
 */
export async function getPidForRunningProcess(pidFile: string): Promise<number | undefined> {
  const end = clock.monotonicMs() + PUBLISH_MS;
  for (;;) {
    const { state, pid, reason } = await pidfile.inspect(pidFile);
    if (state === 'stopped') return undefined;
    if (state === 'stale') {
      await removeStale(pidFile);
      return undefined;
    }
    if (state === 'running' && pid !== undefined) return pid;
    if (state === 'unknown' || clock.monotonicMs() >= end) {
      const detail = reason ?? `Nobody can tell which process holds the PID file "${pidFile}".`;
      throw new errors.RodentError(detail, { code: 'PID_FILE', contextData: { pidFile } });
    }
    await sleep(LOOK_MS);
  }
}

/**
 * Stops the worker that holds `pidFile` and returns its process id once its lock is free: TERM, a wait
 * that is told, then KILL.
 *
 * @throws RodentError NOT_RUNNING when nobody holds it; STOP_TIMEOUT when even KILL does not end it;
 *   SIGNAL_REFUSED when it is another user's, or not certainly the worker.
 * Source: seed 001 section 3; R-UNI-23, W-UNI-2.
 */
export async function stopRunningProcess(
  pidFile: string,
  options: StopOptions = {},
): Promise<number> {
  const { timeoutMs = 20_000, onProgress = tellStderr } = options;
  // Waits for one that is just starting: until it has written its id it cannot be signalled.
  const running = await getPidForRunningProcess(pidFile);
  if (running === undefined) throw notRunning(pidFile);
  const pid = await pidfile.sendSignal(pidFile, 'SIGTERM');
  if (await isReleased(pidFile, timeoutMs, () => onProgress(`Waiting for process ${pid} to end.`)))
    return pid;
  onProgress(`Process ${pid} has not ended within ${timeoutMs / 1000} s; killing it.`);
  await kill(pidFile);
  if (await isReleased(pidFile, KILLED_MS, () => undefined)) return pid;
  const detail = `Process ${pid} has not ended, although it was killed.`;
  throw new errors.RodentError(detail, { code: 'STOP_TIMEOUT', contextData: { pid, pidFile } });
}

/** Whether the lock becomes free within `limitMs`; tells `onSecond` each second that it is not. */
async function isReleased(
  pidFile: string,
  limitMs: number,
  onSecond: () => void,
): Promise<boolean> {
  using ctx = context.withTimeout(context.background(), limitMs);
  const timer = setInterval(onSecond, 1000);
  try {
    await pidfile.waitReleased(pidFile, ctx);
    return true;
  } catch (error) {
    if (!errors.hasCode(error, 'DEADLINE_EXCEEDED')) throw error;
    return false;
  } finally {
    clearInterval(timer);
  }
}

async function kill(pidFile: string): Promise<void> {
  try {
    await pidfile.sendSignal(pidFile, 'SIGKILL');
  } catch (error) {
    // It ended meanwhile.
    if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
  }
}

/** A claim clears what the dead left, under the lock: a worker that starts meanwhile loses nothing. */
async function removeStale(pidFile: string): Promise<void> {
  try {
    const claim = await pidfile.claim(pidFile, { retryMs: 0 });
    claim.release();
  } catch (error) {
    if (!errors.hasCode(error, 'ALREADY_RUNNING')) throw error;
  }
}

function notRunning(pidFile: string): errors.RodentError {
  const detail = `The worker is not running: nobody holds the PID file "${pidFile}".`;
  return new errors.RodentError(detail, { code: 'NOT_RUNNING', contextData: { pidFile } });
}

function tellStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}
