/**
 * Rung sqlite: BEGIN EXCLUSIVE on two empty databases, the slots A and B. SQLite's lock cannot be
 * inherited, so it is handed over in two steps with no gap between: a claim takes A, then B; a holder
 * that makes room releases B, which only a successor takes; when the holder ends, the successor gets A.
 * A third that gets A in between fails at B and lets go.
 *
 * fcntl(2) drops a lock when the process closes any descriptor of that file: nothing here opens a slot
 * but SQLite.
 *
 * Source: sqlite.org/lockingv3.html; fcntl_locking(2).
 */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as file from './file.js';
import type { Held, LockFile } from './lock.js';

/** The part of node:sqlite that is used here; the types of Node 20 do not know it. */
interface Database {
  exec(sql: string): void;
  close(): void;
}
interface Sqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

interface Slot {
  readonly id: string | undefined;
  readonly path: string;
  readonly database: Database;
}

/** SQLITE_BUSY, the low byte of an extended code. Source: sqlite.org/rescode.html */
const BUSY = 5;

/** How often a successor asks for slot A. */
const RETRY_MS = 20;

export function isUsable(): boolean {
  return load() !== undefined;
}

export async function take(lock: LockFile): Promise<Held | undefined> {
  const [pathA, pathB] = lock.slots;
  const a = takeSlot(pathA);
  if (a === undefined) return undefined;
  const b = takeSlot(pathB);
  if (b !== undefined) return new Slots([a, b]);
  a.database.close();
  return undefined;
}

export async function inherit(lock: LockFile): Promise<Held | undefined> {
  const [pathA, pathB] = lock.slots;
  const b = takeSlot(pathB);
  if (b === undefined) return undefined;
  const held = new Slots([b]);
  held.takeLater(pathA);
  return held;
}

export async function isTaken(lock: LockFile): Promise<boolean> {
  // A before B: during a hand-over A is free only when B is the successor's already.
  return lock.slots.some((path) => isSlotTaken(path));
}

class Slots implements Held {
  readonly fds: readonly number[] = [];
  #slots: readonly Slot[];
  #timer: NodeJS.Timeout | undefined;

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  isIntact(): boolean {
    return this.#slots.every((slot) => file.idAt(slot.path) === slot.id);
  }

  makeRoom(): void {
    const [a, b] = this.#slots;
    if (a === undefined || b === undefined) return;
    this.#slots = [a];
    b.database.close();
  }

  takeLater(path: string): void {
    this.#timer = setInterval(() => {
      const slot = takeSlot(path);
      if (slot === undefined) return;
      this.#slots = [slot, ...this.#slots];
      clearInterval(this.#timer);
    }, RETRY_MS).unref();
  }

  release(): void {
    clearInterval(this.#timer);
    for (const slot of this.#slots.toReversed()) slot.database.close();
    this.#slots = [];
  }
}

function takeSlot(path: string): Slot | undefined {
  const id = prepareSlot(path);
  const database = open(path, false);
  // Kept in memory, or a journal file would stand beside the slot.
  const isOurs = run(database, path, 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  if (isOurs && file.idAt(path) === id) return { id, path, database };
  database.close();
  return undefined;
}

function isSlotTaken(path: string): boolean {
  if (file.lstat(path) === undefined) return false;
  const database = open(path, true);
  try {
    return !run(database, path, 'SELECT count(*) FROM sqlite_schema');
  } finally {
    database.close();
  }
}

/** Runs `sql`; false when another's lock is in the way. */
function run(database: Database, path: string, sql: string): boolean {
  try {
    database.exec(sql);
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    database.close();
    throw fault.failure('lock', path, error);
  }
}

function open(path: string, readOnly: boolean): Database {
  const sqlite = load();
  if (sqlite === undefined) throw fault.refusal('lock', path, 'this Node has no node:sqlite');
  try {
    return new sqlite.DatabaseSync(path, { readOnly });
  } catch (error) {
    throw fault.failure('open', path, error);
  }
}

/** Makes the slot's file when it is missing, and refuses one that could be somebody else's. */
function prepareSlot(path: string): string | undefined {
  try {
    fs.closeSync(file.create(path, 0o600));
  } catch (error) {
    if (!errors.hasCode(error, 'EEXIST')) throw fault.failure('make', path, error);
  }
  const stat = file.lstat(path);
  if (stat === undefined) return undefined;
  if (!stat.isFile() || stat.nlink !== 1n || !file.isTrustedOwner(stat)) {
    throw fault.refusal('use', path, 'it is not a file that only we use');
  }
  return file.idOf(stat);
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return (code & 0xff) === BUSY;
}

function load(): Sqlite | undefined {
  const sqlite: unknown = process.getBuiltinModule('node:sqlite');
  return isSqlite(sqlite) ? sqlite : undefined;
}

function isSqlite(value: unknown): value is Sqlite {
  return typeof value === 'object' && value !== null && 'DatabaseSync' in value;
}
