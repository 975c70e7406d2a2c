/** Becoming another user: resolving names, and giving up root so that it cannot come back. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import * as errors from '../errors/index.js';

export interface IdentityOptions {
  /** Name or number; default: stay who we are. */
  readonly user?: string | undefined;
  /** Name or number; default: the user's own group. */
  readonly group?: string | undefined;
}

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Name of the user; undefined for a number that no account has. */
  readonly name: string | undefined;
  /** Home folder of the user, likewise. */
  readonly home: string | undefined;
}

/**
 * Returns the numbers behind `user` and `group`, from /etc/passwd and /etc/group, else from getent
 * (directories such as LDAP).
 *
 * @throws RodentError IDENTITY when one does not exist.
 */
export function resolveIdentity({ user, group }: IdentityOptions): Identity {
  const account = user === undefined ? current() : findUser(user);
  const gid = group === undefined ? account.gid : findGroup(group);
  return { ...account, gid };
}

/**
 * Becomes `user` and `group` for good: supplementary groups, then group, then user, because each step
 * needs root; then proves that root cannot be regained.
 *
 * Without root it does nothing when the process is that user already. HOME and USER are left alone.
 *
 * @throws RodentError IDENTITY. The process must end then: it may stand half way.
 * Source: setuid(2), initgroups(3); the order: CERT POS36-C.
 */
export function dropPrivileges(options: IdentityOptions): Identity {
  const identity = resolveIdentity(options);
  if (isCurrent(identity)) return identity;
  if (process.geteuid?.() !== 0) {
    throw refused(options, 'only root may change its user and group');
  }
  try {
    become(identity);
  } catch (cause) {
    throw refused(options, errors.describe(cause), cause);
  }
  if (!isCurrent(identity) || canRegainRoot(identity)) {
    throw refused(options, 'the process can still become root');
  }
  return identity;
}

/** `initgroups` is missing in the types of node. */
type Process = NodeJS.Process & { initgroups?(user: string, extraGroup: number): void };

function become({ uid, gid, name }: Identity): void {
  const own: Process = process;
  if (name === undefined) own.setgroups?.([gid]);
  else own.initgroups?.(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

function isCurrent({ uid, gid }: Identity): boolean {
  const users = [process.getuid?.(), process.geteuid?.()];
  const groups = [process.getgid?.(), process.getegid?.()];
  return users.every((id) => id === uid) && groups.every((id) => id === gid);
}

function canRegainRoot({ uid }: Identity): boolean {
  if (uid === 0) return false;
  try {
    process.seteuid?.(0);
    return true;
  } catch {
    // EPERM is what we want to see.
    return false;
  }
}

function refused(
  { user, group }: IdentityOptions,
  reason: string,
  cause?: unknown,
): errors.RodentError {
  const words = [
    ...(user === undefined ? [] : [`user "${user}"`]),
    ...(group === undefined ? [] : [`group "${group}"`]),
  ];
  return new errors.RodentError(`Cannot run as ${words.join(' and ')}: ${reason}.`, {
    code: 'IDENTITY',
    cause,
  });
}

function current(): Identity {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const account = accountOf(find('passwd', String(uid)));
  return { uid, gid, name: account?.name, home: account?.home };
}

function findUser(user: string): Identity {
  const account = accountOf(find('passwd', user));
  if (account !== undefined) return account;
  const uid = toNumber(user);
  if (uid !== undefined) return { uid, gid: uid, name: undefined, home: undefined };
  throw new errors.RodentError(`There is no user "${user}" on this machine.`, { code: 'IDENTITY' });
}

function findGroup(group: string): number {
  const gid = toNumber(find('group', group)?.[2] ?? group);
  if (gid !== undefined) return gid;
  throw new errors.RodentError(`There is no group "${group}" on this machine.`, {
    code: 'IDENTITY',
  });
}

/** Source: passwd(5): name, password, uid, gid, comment, home, shell. */
function accountOf(fields: readonly string[] | undefined): Identity | undefined {
  const [name, , uidText = '', gidText = '', , home] = fields ?? [];
  const uid = toNumber(uidText);
  const gid = toNumber(gidText);
  return uid === undefined || gid === undefined ? undefined : { uid, gid, name, home };
}

/** The entry of `key` (name or number), as fields. A name that looks like a number wins over the number. */
function find(database: 'passwd' | 'group', key: string): readonly string[] | undefined {
  const entries = lines(database).map((line) => line.split(':'));
  return (
    entries.find(([name]) => name === key) ??
    entries.find(([, , id]) => id === key) ??
    ask(database, key)
  );
}

function lines(database: string): readonly string[] {
  try {
    return fs.readFileSync(`/etc/${database}`, 'utf8').split('\n');
  } catch {
    // Images without accounts have no such file; getent or the bare number remain.
    return [];
  }
}

function ask(database: string, key: string): readonly string[] | undefined {
  if (key === '' || key.startsWith('-')) return undefined;
  const { status, stdout } = spawnSync('getent', [database, key], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split(':') : undefined;
}

/** An id as the kernel takes it; the highest means "leave it" to setuid(2) and is refused. */
function toNumber(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return id < 0xffff_ffff ? id : undefined;
}

/**
 * Acts as `user` and `group` for a while: only the effective ids change, so root comes back with the
 * function that is returned. Does nothing without root, or when neither is given.
 *
 * For reading and making files as their owner would; it protects from the files, not from other code in
 * this process, which could come back as well.
 *
 * @throws RodentError IDENTITY when one does not exist.
 */
export function actAs(options: IdentityOptions): () => void {
  const isAsked = options.user !== undefined || options.group !== undefined;
  if (!isAsked || process.geteuid?.() !== 0) return () => undefined;
  const { uid, gid } = resolveIdentity(options);
  const ownGid = process.getegid?.() ?? 0;
  process.setegid?.(gid);
  process.seteuid?.(uid);
  return () => {
    process.seteuid?.(0);
    process.setegid?.(ownGid);
  };
}
