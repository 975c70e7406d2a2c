/** Where everything of one embedded database lies. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { isReachable } from './account.js';
import type { Account } from './account.js';

/** Paths, all absolute. */
export interface Place {
  /** The folder that holds the rest, the socket perhaps excepted. */
  readonly root: string;
  /** What the server and all its processes are called in lists of processes. */
  readonly name: string;
  /** What appears as a whole, when it is complete: the data and the password to it. */
  readonly cluster: string;
  /** PostgreSQL's own folder. */
  readonly data: string;
  /** The password as PostgreSQL's clients read it. */
  readonly passFile: string;
  /** The folder of the socket. */
  readonly socketDir: string;
  readonly log: string;
  /** Where a copy of the programs goes when one is needed. */
  readonly binaries: string;
}

/** What decides about it. */
export interface PlaceOptions {
  /** The folder that is wanted. */
  readonly dir: string;
  /** For the socket, when the path in `dir` is too long for one. */
  readonly runtimeDir: string;
  /** For data and programs, when root has made way for somebody who cannot reach them. */
  readonly stateDir: string;
}

/** The longest path of a socket, in bytes: the kernel's field less the final null. */
const LONGEST = process.platform === 'darwin' ? 103 : 107;
const SOCKET = '.s.PGSQL.5432';
const HASH_CHARS = 16;

/**
 * Derives the place. It is the wanted folder, unless the server's user cannot reach that: then it is
 * `<stateDir>/<name>`, where the name is the first 16 hexadecimal digits of the SHA-256 of the wanted
 * folder's absolute path, so that each home has its own. Data that is there already is never left
 * behind: where a cluster lies, it stays.
 */
export function placeOf(options: PlaceOptions, account: Account): Place {
  const dir = path.resolve(options.dir);
  const moved = path.join(options.stateDir, hash(dir));
  const root = chooseRoot(dir, moved, account);
  const cluster = path.join(root, 'cluster');
  return {
    root,
    name: `rodent-${hash(root)}`,
    cluster,
    data: path.join(cluster, 'data'),
    passFile: path.join(cluster, 'pgpass'),
    socketDir: socketDir(root, path.resolve(options.runtimeDir), account),
    log: path.join(root, 'server.log'),
    binaries: account.isOther ? options.stateDir : root,
  };
}

function chooseRoot(dir: string, moved: string, account: Account): string {
  if (!account.isOther || hasCluster(dir)) return dir;
  if (hasCluster(moved)) return moved;
  return isReachable(dir, account) ? dir : moved;
}

function hasCluster(root: string): boolean {
  return fs.existsSync(path.join(root, 'cluster'));
}

/** The first folder that is short enough and within reach; else the last, which then tells why not. */
function socketDir(root: string, runtimeDir: string, account: Account): string {
  const name = `pg-${hash(root)}`;
  const own = path.join(root, 'run');
  const hashed = path.join(runtimeDir, name);
  const last = path.join(os.tmpdir(), `rodent-${name}`);
  const fits = (dir: string): boolean =>
    Buffer.byteLength(path.join(dir, SOCKET)) <= LONGEST &&
    (!account.isOther || isReachable(path.dirname(dir), account));
  return [own, hashed].find((dir) => fits(dir)) ?? last;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS);
}
