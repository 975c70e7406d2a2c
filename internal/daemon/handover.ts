/** What a process leaves to the one it starts: a single variable that names descriptors. */

import fs from 'node:fs';

const VARIABLE = 'RODENT_INTERNAL_HANDOVER';

/** Set by daemonize-process for its child; while it is set, that package does nothing. */
const LIBRARY_MARK = '_DAEMONIZE_PROCESS';

/** A descriptor together with what it must refer to: descriptor numbers are reused, files are not. */
export interface Descriptor {
  readonly fd: number;
  /** Device and inode, as `fileId` returns them; absent for a pipe, whose end only its holder sees. */
  readonly id?: string;
}

export interface Handover {
  readonly role: 'daemon' | 'successor';
  /** The descriptor of the handshake's pipe. */
  readonly pipe: number;
  /** Identity of the pipe, when the starter could see this end of it. */
  readonly pipeId?: string;
  /** The process id of the starter, when it stays the parent. */
  readonly parent?: number;
  readonly inherited: Readonly<Record<string, Descriptor>>;
}

/** Puts `handover` into `env`, where the next process looks for it. */
export function leave(env: NodeJS.ProcessEnv, handover: Handover): void {
  forget(env);
  env[VARIABLE] = JSON.stringify(handover);
}

/** Takes the hand-over out of `env`: it is meant for one process, not for that process's children. */
export function take(env: NodeJS.ProcessEnv): Handover | undefined {
  const text = env[VARIABLE];
  if (text === undefined) return undefined;
  forget(env);
  const handover = parse(text);
  return handover !== undefined && isForUs(handover) ? handover : undefined;
}

/** Removes every trace of a hand-over from `env`, ours and that of daemonize-process. */
function forget(env: NodeJS.ProcessEnv): void {
  delete env[VARIABLE];
  delete env[LIBRARY_MARK];
}

/** Whether the descriptor still is what it was when it was passed on. */
export function isIntact({ fd, id }: Descriptor): boolean {
  return id === undefined ? isSocket(fd) : fileId(fd) === id;
}

/** Device and inode of what `fd` refers to; undefined when it is not open. */
export function fileId(fd: number): string | undefined {
  try {
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    // Not open: EBADF is the answer, not a failure.
    return undefined;
  }
}

function parse(text: string): Handover | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHandover(value) ? value : undefined;
  } catch {
    // Not ours: somebody set a variable of that name by hand.
    return undefined;
  }
}

function isHandover(value: unknown): value is Handover {
  if (typeof value !== 'object' || value === null) return false;
  const { role, pipe, inherited } = value as Partial<Handover>;
  return (
    (role === 'daemon' || role === 'successor') &&
    Number.isInteger(pipe) &&
    typeof inherited === 'object' &&
    inherited !== null
  );
}

/**
 * Whether the variable was meant for this process. A program in between that never took it passes it
 * on to its own children, where the same number may be anything, the IPC channel of node included.
 */
function isForUs({ pipe, pipeId, parent }: Handover): boolean {
  if (!isSocket(pipe)) return false;
  if (pipeId !== undefined) return pipeId === fileId(pipe);
  return parent === process.ppid || !isAlive(parent);
}

function isSocket(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isSocket();
  } catch {
    // Not open.
    return false;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
