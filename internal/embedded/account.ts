/** Whom the server runs as: PostgreSQL refuses to run as root. */

import fs from 'node:fs';
import path from 'node:path';

import * as daemon from '../daemon/index.js';
import { fault } from './fault.js';

/** The user of the server. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Whether it is another user than this process's: root has made way. */
  readonly isOther: boolean;
}

/** The least account of every system. */
const DEFAULT = 'nobody';

/**
 * Returns whom the server runs as: as root `user`, `nobody` unless it is given; else this process's own.
 *
 * @throws RodentError EMBEDDED_DATABASE, or IDENTITY when there is no such user.
 */
export function accountOf(processUid: number, user: string | undefined): Account {
  if (processUid === 0) {
    const { uid, gid } = daemon.resolveIdentity({ user: user ?? DEFAULT });
    if (uid === 0) throw fault('The embedded database cannot run as root: name another user.');
    return { uid, gid, isOther: true };
  }
  const own = { uid: processUid, gid: process.getgid?.() ?? 0, isOther: false };
  if (user === undefined || daemon.resolveIdentity({ user }).uid === processUid) return own;
  throw fault(`The embedded database cannot run as "${user}": only root may change its user.`);
}

/** Whether `account` may enter the folder `dir`, as the modes of it and of all above it say. */
export function isReachable(dir: string, account: Account): boolean {
  const parent = path.dirname(dir);
  return mayEnter(dir, account) && (parent === dir || isReachable(parent, account));
}

/** What does not exist yet will be made so that it may be entered; what is no folder fails by itself. */
function mayEnter(dir: string, { uid, gid }: Account): boolean {
  const stat = fs.statSync(dir, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) return true;
  if (stat.uid === uid) return (stat.mode & 0o100) !== 0;
  return (stat.mode & (stat.gid === gid ? 0o010 : 0o001)) !== 0;
}
