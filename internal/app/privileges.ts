/**
 * Giving root up. Root only binds the socket: the lock, the logs and everything else the service writes
 * are made as the user that it becomes, so that nothing has to be given away afterwards.
 */

import fs from 'node:fs';
import path from 'node:path';

import type * as config from '../config/index.js';
import * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import * as log from '../log/index.js';

/** Folders that the service's user owns, and nobody else enters. */
const PRIVATE = 0o700;

/** Whether others than its owner may write in a folder. */
const SHARED = 0o022;

/** Lets the service's user through the home, which stays root's. */
const SEARCHABLE = 0o011;

/** Does `work` as the configured user. */
export async function asUser<T>(settings: config.Config, work: () => Promise<T>): Promise<T> {
  const back = daemon.actAs(identityOf(settings));
  try {
    return await work();
  } finally {
    back();
  }
}

/**
 * Where the configuration is read from by a service that root starts for another user: that user's home
 * counts, because a reload reads it as that user. HOME follows, as after su(1).
 *
 * @throws RodentError IDENTITY.
 */
export function readAsUser(settings: config.Config, read: config.ReadOptions): config.ReadOptions {
  const { user } = identityOf(settings);
  if (user === undefined || process.geteuid?.() !== 0) return read;
  const homeDir = daemon.resolveIdentity({ user }).home ?? '/';
  return { ...read, homeDir, env: Object.assign(read.env, { HOME: homeDir }) };
}

/** Becomes the configured user and group for good, if there are any. @throws RodentError IDENTITY. */
export function drop(settings: config.Config): void {
  const identity = identityOf(settings);
  if (identity.user !== undefined || identity.group !== undefined) daemon.dropPrivileges(identity);
}

/**
 * As root with a configured user: makes the folders of the home that are missing, for that user. What is
 * there already is left alone, and so is every path outside the home: a mistyped one must not give a
 * system's folder away.
 *
 * @throws RodentError IDENTITY; FILE when a folder is there that only another user can write in.
 */
export function prepare(settings: config.Config): void {
  const { user, group } = identityOf(settings);
  if (process.geteuid?.() !== 0 || (user === undefined && group === undefined)) return;
  const owner = daemon.resolveIdentity({ user, group });
  const { home } = settings;
  fs.mkdirSync(home, { recursive: true, mode: PRIVATE });
  letThrough(home);
  const folders = [
    path.dirname(settings.get('pid.file')),
    path.dirname(settings.get('control.socket')),
    settings.get('log.dir'),
    settings.get('data.dir'),
    cacheDir(settings),
  ];
  for (const folder of folders) if (path.dirname(folder) === home) makeFolder(folder, owner);
  const { app, appError } = log.paths(settings.get('log.dir'));
  // A detached start opens these two as root.
  if (path.dirname(settings.get('log.dir')) === home) {
    makeFile(app, owner);
    makeFile(appError, owner);
  }
}

/** Lets every user pass through `folder`, and no more than that. */
export function letThrough(folder: string): void {
  fs.chmodSync(folder, fs.statSync(folder).mode | SEARCHABLE);
}

/** Where compiled TypeScript is kept. */
export function cacheDir(settings: config.Config): string {
  return path.join(settings.home, 'cache');
}

function identityOf(settings: config.Config): daemon.IdentityOptions {
  return { user: settings.get('user'), group: settings.get('group') };
}

function makeFolder(folder: string, { uid, gid }: daemon.Identity): void {
  const entry = fs.statSync(folder, { throwIfNoEntry: false });
  if (entry !== undefined) {
    if (entry.uid === uid || (entry.mode & SHARED) !== 0) return;
    // What a start without a user leaves.
    throw new errors.RodentError(
      `The folder "${folder}" belongs to user ${entry.uid}, and the service will run as user ${uid}; give it away with "chown -R ${uid}:${gid}", or remove it.`,
      { code: 'FILE', contextData: { folder } },
    );
  }
  fs.mkdirSync(folder, { mode: PRIVATE });
  fs.lchownSync(folder, uid, gid);
}

/** Makes the file if nothing of that name is there; a link of that name is not followed. */
function makeFile(file: string, { uid, gid }: daemon.Identity): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const fd = fs.openSync(file, 'ax', 0o640);
  fs.fchownSync(fd, uid, gid);
  fs.closeSync(fd);
}
