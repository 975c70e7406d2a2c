/** The paths that derive from the PID file's, and the rules for the folder they are in. */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as file from './file.js';

export interface Paths {
  /** The PID file; its folder is resolved. */
  readonly pid: string;
  /** The lock file; never unlinked. */
  readonly lock: string;
  readonly state: string;
  /** The two databases that the rung `sqlite` locks. */
  readonly slots: readonly [string, string];
  readonly folder: string;
  /** Device and inode of the folder: a copy of it has others. */
  readonly folderId: string;
}

/**
 * Returns the paths, or undefined when the folder does not exist.
 *
 * @throws RodentError PID_FILE when the path is empty or relative, or its folder is none.
 */
export function locate(pidFile: string): Paths | undefined {
  const given = folderOf(pidFile);
  const folder = resolve(given);
  if (folder === undefined) return undefined;
  const pid = path.join(folder, path.basename(pidFile));
  const stat = fs.statSync(folder, { bigint: true });
  if (!stat.isDirectory()) throw fault.refusal('use the folder', folder, 'it is not a folder');
  return {
    pid,
    lock: `${pid}.lock`,
    state: `${pid}.state`,
    slots: [`${pid}.lock-a`, `${pid}.lock-b`],
    folder,
    folderId: file.idOf(stat),
  };
}

/**
 * Makes the folder (0700) when it is missing and returns the paths in it.
 *
 * @throws RodentError PID_FILE also when others could put files there.
 */
export function prepare(pidFile: string): Paths {
  const folder = folderOf(pidFile);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fault.failure('make the folder', folder, error);
  }
  const paths = locate(pidFile);
  if (paths === undefined) throw fault.refusal('use the folder', folder, 'it does not exist');
  trust(folder, paths.folder);
  return paths;
}

/**
 * Fails unless only we or root can put files into the folder.
 *
 * Source: systemd service_is_suitable_main_pid (unsafe chains); CVE-2017-11746 and its kind.
 *
 * @throws RodentError PID_FILE
 */
export function trust(given: string, resolved: string): void {
  const link = fs.lstatSync(given, { bigint: true });
  const stat = fs.lstatSync(resolved, { bigint: true });
  if (!file.isTrustedOwner(link) || !file.isTrustedOwner(stat)) {
    throw fault.refusal(
      'use the folder',
      given,
      `it belongs to user ${stat.uid}, neither to us nor to root`,
    );
  }
  if ((stat.mode & 0o022n) !== 0n) {
    throw fault.refusal(
      'use the folder',
      given,
      'other users may write to it; make one of mode 0700',
    );
  }
}

/** The folder part of an absolute path. W-INP-10: a relative one means another file in each folder. */
export function folderOf(pidFile: string): string {
  if (pidFile === '') throw fault.refusal('use the PID file', '', 'the path is empty');
  if (!path.isAbsolute(pidFile) || pidFile.includes('\0') || pidFile.endsWith('/')) {
    throw fault.refusal('use the PID file', pidFile, 'it must be the absolute path of a file');
  }
  return path.dirname(path.normalize(pidFile));
}

function resolve(folder: string): string | undefined {
  try {
    return fs.realpathSync(folder);
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    throw fault.failure('use the folder', folder, error);
  }
}
