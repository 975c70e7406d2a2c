/** The start of a program itself: descriptors, user and mask, or the reason why not. */

import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import type { Readable } from 'node:stream';

import * as errors from '../errors/index.js';
import { folderFailure, startFailure } from './command-failure.js';
import type { CommandOptions } from './command-options.js';
import { makePipes } from './command-pipe.js';
import type { Pipe } from './command-pipe.js';
import { splitCommand } from './command-words.js';

/** A program that runs. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What comes to us; undefined for what goes past us. */
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  readonly notices: Readable | undefined;
}

/** A program that could not be started. */
export interface Unstarted {
  readonly reason: Promise<Error>;
}

/** A descriptor of the program: one of ours, nothing, or the writing end of what we read. */
type Wire = number | 'ignore' | { readonly pipe: Pipe | undefined };

/** Starts it, or tells why that is not possible. */
export function spawnCommand(options: CommandOptions): Spawned | Unstarted {
  const { command, directory, uid } = options;
  const words = typeof command === 'string' ? splitCommand(command) : command;
  if ('expected' in words) return unstarted(notACommand(words.expected));
  const [program = '', ...args] = words;
  const attempt = { program, directory, uid };
  const folder = folderFailure(attempt);
  if (folder !== undefined) return unstarted(folder);
  const wires = wiresOf(options);
  try {
    const child = withMask(options.umask, () => spawn(program, args, spawning(options, wires)));
    if (child.pid !== undefined) return spawned(child, child.pid, wires);
    closeAll(wires, 'reader');
    const reason = new Promise<Error>((resolve) => child.once('error', resolve));
    return { reason: reason.then((cause) => startFailure(attempt, cause)) };
  } catch (error) {
    closeAll(wires, 'reader');
    return unstarted(startFailure(attempt, error));
  } finally {
    closeAll(wires, 'writer');
  }
}

function unstarted(why: Error): Unstarted {
  return { reason: Promise.resolve(why) };
}

function notACommand(expected: string): errors.RodentError {
  return new errors.RodentError(`The command must be ${expected}.`, { code: 'CONFIG_INVALID' });
}

function wiresOf(options: CommandOptions): readonly Wire[] {
  const { stdout = 'ignore', stderr = 'ignore', readiness = 'none', uid, gid } = options;
  const lines: readonly (number | 'ignore' | 'read')[] = [
    typeof stdout === 'function' ? 'read' : stdout,
    typeof stderr === 'number' ? stderr : 'read',
    ...(readiness === 'newline' ? (['read'] as const) : []),
  ];
  const pipes = [...makePipes(lines.filter((line) => line === 'read').length, { uid, gid })];
  return lines.map((line) => (line === 'read' ? { pipe: pipes.shift() } : line));
}

function spawning(options: CommandOptions, wires: readonly Wire[]): SpawnOptions {
  const { directory, env, uid, gid } = options;
  const ends = wires.map((wire) => (isRead(wire) ? (wire.pipe?.writer ?? 'pipe') : wire));
  return {
    cwd: directory,
    env: { ...env },
    detached: true,
    stdio: ['ignore', ...ends],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

/** The mask is the process's own and inherited in the fork, which happens before `spawn` returns. */
function withMask<T>(mask: number | undefined, act: () => T): T {
  if (mask === undefined) return act();
  const before = process.umask(mask);
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

function spawned(child: ChildProcess, pid: number, wires: readonly Wire[]): Spawned {
  const [stdout, stderr, notices] = wires.map((wire, index) => reader(child, wire, index + 1));
  return { child, pid, stdout, stderr, notices };
}

function reader(child: ChildProcess, wire: Wire, index: number): Readable | undefined {
  if (!isRead(wire)) return undefined;
  const stream = wire.pipe === undefined ? child.stdio[index] : socketOf(wire.pipe.reader);
  // A pipe that breaks has ended; 'close' follows.
  stream?.on('error', () => undefined);
  return stream instanceof net.Socket ? stream : undefined;
}

function socketOf(fd: number): net.Socket {
  return new net.Socket({ fd, readable: true, writable: false });
}

function closeAll(wires: readonly Wire[], end: keyof Pipe): void {
  for (const wire of wires) {
    if (isRead(wire) && wire.pipe !== undefined) fs.closeSync(wire.pipe[end]);
  }
}

function isRead(wire: Wire): wire is { readonly pipe: Pipe | undefined } {
  return typeof wire === 'object';
}
