/** The state file: who holds the lock, as the holder wrote it. It informs; the lock decides. */

import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as file from './file.js';
import type { Paths } from './folder.js';
import * as identity from './identity.js';
import type { Rung } from './lock.js';

/** 64 KiB. */
const MAX_BYTES = 65_536;

/** A process of the service's own, recorded so that it can be found when the service has died. */
export interface Child {
  readonly pid: number;
  readonly start: string;
}

/** What a service tells of itself. */
export interface Details {
  readonly version?: string;
  /** The absolute path of the control socket; who answers there is alive. */
  readonly socket?: string;
  readonly argv?: readonly string[];
  readonly workers?: readonly Child[];
}

/** The content of the state file. */
export interface HolderRecord extends Details, identity.Identity {
  readonly format: 1;
  readonly host: string;
  /** Random; another for each claim. */
  readonly nonce: string;
  readonly rung: Rung;
  /** Device and inode of the folder, and the name of the PID file: a copy elsewhere says nothing. */
  readonly folder: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/**
 * Reads the state file. Undefined when there is none, or none that counts: not a regular file, another
 * user's, writable for others, malformed, or a copy of another service's.
 */
export function read(paths: Paths): HolderRecord | undefined {
  try {
    const found = file.readSmall(paths.state, MAX_BYTES);
    if (found === undefined || !file.isTrustedOwner(found.stat)) return undefined;
    if ((found.stat.mode & 0o022n) !== 0n) return undefined;
    const record: unknown = JSON.parse(found.text);
    return isRecord(record) && isOf(record, paths) ? record : undefined;
  } catch {
    // What cannot be read cannot speak for anybody.
    return undefined;
  }
}

/** Reads the record of a holder that lives, as far as its process tells. */
export function living(paths: Paths): HolderRecord | undefined {
  const found = read(paths);
  return found !== undefined && identity.isAlive(found) ? found : undefined;
}

/** The text of a state file. @throws RodentError PID_FILE when it would be larger than 64 KiB. */
export function format(record: HolderRecord, path: string): string {
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  throw fault.refusal('write', path, `the state is larger than ${MAX_BYTES} bytes`);
}

/** The error of a second start. */
export function alreadyRunning(
  pidFile: string,
  record: HolderRecord | undefined,
): errors.RodentError {
  const holder =
    record === undefined
      ? 'another process that is starting holds it'
      : `process ${record.pid} holds it since ${record.startedAt}`;
  return new errors.RodentError(`Cannot take the PID file "${pidFile}": ${holder}.`, {
    code: 'ALREADY_RUNNING',
    contextData: { path: pidFile, pid: record?.pid, since: record?.startedAt },
  });
}

function isOf(record: HolderRecord, paths: Paths): boolean {
  return record.folder === paths.folderId && paths.pid === `${paths.folder}/${record.name}`;
}

function isRecord(value: unknown): value is HolderRecord {
  if (!isObject(value)) return false;
  const strings = ['boot', 'pidns', 'host', 'nonce', 'rung', 'folder', 'name', 'startedAt'];
  return (
    value['format'] === 1 &&
    isPid(value['pid']) &&
    strings.every((key) => typeof value[key] === 'string') &&
    ['start', 'version', 'socket'].every((key) => isAbsentOr(value[key], isString)) &&
    isAbsentOr(value['argv'], (argv) => isArrayOf(argv, isString)) &&
    isAbsentOr(value['workers'], (workers) => isArrayOf(workers, isChild))
  );
}

function isChild(value: unknown): boolean {
  return isObject(value) && isPid(value['pid']) && isString(value['start']);
}

function isPid(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isAbsentOr(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

function isArrayOf(value: unknown, test: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => test(item));
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
