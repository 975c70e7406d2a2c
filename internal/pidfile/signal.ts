/** Sending a signal to the holder of a PID file, and to nobody else. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import type { Paths } from './folder.js';
import * as folder from './folder.js';
import * as identity from './identity.js';
import { inspect } from './inspect.js';
import * as pidText from './pid-text.js';
import type { PidText } from './pid-text.js';
import * as record from './record.js';

/**
 * Sends `signal` to the process that holds the lock of `path` and returns its PID.
 *
 * The file alone is never believed: the lock must be held, the folder and the file be ours or root's,
 * and the process be the recorded one by start time, boot and PID namespace.
 *
 * @throws RodentError NOT_RUNNING when nobody holds the lock; SIGNAL_REFUSED when it is not certain
 *   which process does, or when we may not signal it.
 */
export async function sendSignal(path: string, signal: NodeJS.Signals): Promise<number> {
  const instance = await inspect(path);
  if (instance.state === 'unknown') {
    throw pidText.refusal(path, clause(instance.reason ?? 'nobody can tell who holds it'));
  }
  const paths = instance.state === 'running' ? folder.locate(path) : undefined;
  if (paths === undefined) throw notRunning(path, instance.pid);
  const pid = certainPid(path, paths);
  kill(pid, signal, path);
  return pid;
}

function certainPid(path: string, paths: Paths): number {
  const named = readPid(path, paths);
  if (named.pid === process.pid) throw pidText.refusal(path, 'it names this very process');
  const recorded = record.read(paths);
  const now = identity.identify(named.pid);
  if (recorded === undefined || now === undefined || !identity.sameProcess(recorded, now)) {
    throw pidText.refusal(
      path,
      `process ${named.pid} is not, or not certainly, the one that wrote it`,
    );
  }
  if (named.uid !== 0n && !isOwnedBy(named.pid, named.uid)) {
    throw pidText.refusal(path, `process ${named.pid} is not of the user who wrote it`);
  }
  return named.pid;
}

function readPid(path: string, paths: Paths): PidText {
  try {
    folder.trust(paths.folder, paths.folder);
    const named = pidText.read(paths.pid);
    if (named !== undefined) return named;
  } catch (error) {
    throw new errors.RodentError(errors.describe(error), { code: 'SIGNAL_REFUSED', cause: error });
  }
  throw pidText.refusal(path, 'its holder has not written it yet');
}

/** Where there is no /proc to ask, kill(2) itself refuses what is not ours. */
function isOwnedBy(pid: number, uid: bigint): boolean {
  const stat = fs.statSync(`/proc/${pid}`, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? process.platform !== 'linux' : stat.uid === uid;
}

function kill(pid: number, signal: NodeJS.Signals, path: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errors.hasCode(error, 'ESRCH')) throw notRunning(path, pid);
    throw new errors.RodentError(`Cannot send ${signal} to process ${pid}: not permitted.`, {
      code: 'SIGNAL_REFUSED',
      contextData: { path, pid, signal },
      cause: error,
    });
  }
}

function notRunning(path: string, pid: number | undefined): errors.RodentError {
  const left =
    pid === undefined ? '' : ` The PID file names process ${pid}, which does not hold it.`;
  return new errors.RodentError(`Nothing runs that holds the PID file "${path}".${left}`, {
    code: 'NOT_RUNNING',
    contextData: { path, pid },
  });
}

/** A sentence as the part after a colon: without its full stop. */
function clause(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
