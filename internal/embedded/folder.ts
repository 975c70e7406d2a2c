/** Folders with an owner and a mode, whatever the mask of this process is. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import * as pidfile from '../pidfile/index.js';
import type { Account } from './account.js';
import { fault } from './fault.js';

/** Makes `dir` and what is missing above it, enterable for everybody where the server's user is another. */
export function makeParents(dir: string, account: Account): void {
  if (fs.existsSync(dir)) return;
  makeParents(path.dirname(dir), account);
  make(dir, account.isOther ? 0o755 : 0o700);
}

/** Makes a folder that is the server's alone; one that is there must be so already. */
export function makePrivate(dir: string, account: Account): void {
  make(dir, 0o700);
  const stat = fs.lstatSync(dir);
  if (!stat.isDirectory())
    throw fault(`Cannot use "${dir}" for the embedded database: it is no folder.`);
  const isFresh = account.isOther && stat.uid === 0;
  if (isFresh) fs.lchownSync(dir, account.uid, account.gid);
  else requireOwner(dir, account.uid);
  if ((stat.mode & 0o077) !== 0) fs.chmodSync(dir, 0o700);
}

/** Gives `file` to the server's user. */
export function give(file: string, account: Account): void {
  if (account.isOther) fs.lchownSync(file, account.uid, account.gid);
}

/**
 * Refuses what belongs to another user than `uid`.
 *
 * @throws RodentError EMBEDDED_DATABASE.
 */
export function requireOwner(file: string, uid: number): void {
  const { uid: owner } = fs.lstatSync(file);
  if (owner === uid) return;
  throw fault(
    `Cannot use "${file}" for the embedded database: it belongs to the user ${owner}, and the server runs as ${uid}.`,
  );
}

/** The name of a temporary neighbour of `name`, which tells who makes it. */
export function temporaryName(name: string): string {
  return `.${name}.${ownTag()}.${randomUUID().slice(0, 8)}.new`;
}

/** Removes the temporary neighbours of `name` in `parent` whose makers have gone. */
export function clearLeftovers(parent: string, name: string): void {
  const left = fs.readdirSync(parent).filter((each) => isLeftover(each, name));
  for (const each of left) {
    fs.rmSync(path.join(parent, each), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Puts a complete folder in its place; when somebody else was first, it is removed and theirs stays. */
export function settle(temporary: string, target: string): void {
  try {
    sync(temporary);
    fs.renameSync(temporary, target);
    sync(path.dirname(target));
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    const isTaken = errors.hasCode(error, 'ENOTEMPTY') || errors.hasCode(error, 'EEXIST');
    if (!isTaken) throw error;
  }
}

function make(dir: string, mode: number): void {
  try {
    fs.mkdirSync(dir, mode);
    fs.chmodSync(dir, mode);
  } catch (error) {
    if (!errors.hasCode(error, 'EEXIST')) throw error;
  }
}

/** Its names are on disk: what is committed later must not lie in a folder that a crash undoes. */
function sync(dir: string): void {
  const fd = fs.openSync(dir, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function isLeftover(name: string, base: string): boolean {
  if (!name.startsWith(`.${base}.`) || !name.endsWith('.new')) return false;
  const tag = name.slice(base.length + 2).split('.')[0] ?? '';
  return tagOf(Number.parseInt(tag, 10)) !== tag;
}

function ownTag(): string {
  return tagOf(process.pid) ?? `${process.pid}-`;
}

/** A process by its number and its start: the number alone may be another's by now. */
function tagOf(pid: number): string | undefined {
  const identity = pidfile.identify(pid);
  return identity && `${pid}-${(identity.start ?? '').replaceAll(/\W/g, '')}`;
}
