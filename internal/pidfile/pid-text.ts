/** The PID file's content, read as strictly as systemd and start-stop-daemon read it. */

import * as errors from '../errors/index.js';
import * as file from './file.js';

const MAX_BYTES = 32;
/** PID_MAX_LIMIT of 64-bit Linux; other systems stay below. Source: proc_sys_kernel(5), pid_max. */
const MAX_PID = 4_194_304;

export interface PidText {
  readonly pid: number;
  /** The owner of the file. */
  readonly uid: bigint;
}

/**
 * Reads the PID; undefined when there is no file.
 *
 * `process.kill` takes "", "0" and "-1" for whole groups of processes: nothing but plain digits in
 * range gets past here.
 *
 * Source: prior art of systemd (service_load_pid_file) and start-stop-daemon(8).
 *
 * @throws RodentError PID_FILE for whatever is not a regular file; SIGNAL_REFUSED for one that must not
 *   be believed.
 */
export function read(path: string): PidText | undefined {
  const found = file.readSmall(path, MAX_BYTES);
  if (found === undefined) return undefined;
  if (!file.isTrustedOwner(found.stat)) {
    throw refusal(path, `it belongs to user ${found.stat.uid}, neither to us nor to root`);
  }
  if ((found.stat.mode & 0o002n) !== 0n) throw refusal(path, 'every user may write to it');
  if (!/^[1-9][0-9]{0,9}\n?$/.test(found.text)) throw refusal(path, 'it does not hold a PID');
  const pid = Number(found.text);
  if (pid < 2 || pid > MAX_PID) throw refusal(path, `${pid} is not the PID of a service`);
  return { pid, uid: found.stat.uid };
}

/** Makes the error of a signal that is not sent because of the PID file. */
export function refusal(path: string, reason: string): errors.RodentError {
  return new errors.RodentError(`Cannot trust the PID file "${path}": ${reason}.`, {
    code: 'SIGNAL_REFUSED',
    contextData: { path },
  });
}
