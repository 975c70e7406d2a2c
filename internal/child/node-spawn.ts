/** The start of a worker's process itself: its descriptors, or the reason why not. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { devNull } from 'node:os';

import * as errors from '../errors/index.js';
import type { Pipes } from './channel.js';
import { folderFailure, startFailure } from './command-failure.js';
import type { Attempt } from './command-failure.js';
import { DESCRIPTORS, VARIABLE } from './message.js';
import type { NodeOptions } from './node-options.js';

/** A worker's process that runs. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: net.Socket | undefined;
  readonly stderr: net.Socket | undefined;
  readonly watchdog: net.Socket | undefined;
  readonly pipes: Pipes;
}

/** One that could not be started. */
export interface Unstarted {
  readonly reason: Promise<Error>;
}

/** What a start needs for a moment: two for each pipe, Node's channel included, and a few for itself. */
const NEEDED = 20;

/** Starts it, or tells why that is not possible; then nothing of it stays open. */
export function spawnWorker(options: NodeOptions): Spawned | Unstarted {
  const directory = options.cwd ?? '.';
  const attempt: Attempt = { program: process.execPath, directory, uid: options.uid };
  const folder = options.cwd === undefined ? undefined : folderFailure(attempt);
  if (folder !== undefined) return { reason: Promise.resolve(folder) };
  let nothing: number | undefined;
  try {
    nothing = openNothing();
    const child = spawnWith(options, nothing);
    return spawned(child) ?? { reason: reasonOf(child, attempt) };
  } catch (error) {
    return { reason: Promise.resolve(startFailure(attempt, inWords(error))) };
  } finally {
    if (nothing !== undefined) fs.closeSync(nothing);
  }
}

/**
 * Returns a descriptor that takes everything and keeps nothing, once it is sure that there are enough
 * for the rest of the start: where they run out half-way, Node keeps those that it has and says nothing.
 */
function openNothing(): number {
  const opened: number[] = [];
  try {
    while (opened.length < NEEDED) opened.push(fs.openSync(devNull, 'w'));
    const [nothing = fs.openSync(devNull, 'w'), ...others] = opened.splice(0);
    for (const fd of others) fs.closeSync(fd);
    return nothing;
  } finally {
    for (const fd of opened) fs.closeSync(fd);
  }
}

function spawnWith(options: NodeOptions, nothing: number): ChildProcess {
  const { script, execArgv = [], inherit = [], cwd, env, uid, gid, stdout = 'inherit' } = options;
  const rest = inherit.map((entry) => (typeof entry === 'number' ? entry : entry.fd));
  return spawn(process.execPath, [...execArgv, script, ...(options.arguments ?? [])], {
    cwd,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    env: { ...env, [VARIABLE]: String(DESCRIPTORS.words) },
    detached: true,
    stdio: [
      'ignore',
      typeof stdout === 'function' ? 'pipe' : stdout,
      'pipe',
      // Node's channel would be read here as JSON, and a stray line throw where nobody catches it.
      nothing,
      'pipe',
      'pipe',
      'pipe',
      ...rest,
      ...(options.handsConnections === true ? (['ipc'] as const) : []),
    ],
  });
}

function spawned(child: ChildProcess): Spawned | undefined {
  const reading = streamOf(child, DESCRIPTORS.words);
  const writing = streamOf(child, DESCRIPTORS.orders);
  if (child.pid === undefined || reading === undefined || writing === undefined) return undefined;
  return {
    child,
    pid: child.pid,
    stdout: streamOf(child, 1),
    stderr: streamOf(child, 2),
    watchdog: streamOf(child, DESCRIPTORS.watchdog),
    pipes: { reading, writing },
  };
}

async function reasonOf(child: ChildProcess, attempt: Attempt): Promise<Error> {
  const cause = await new Promise<Error>((resolve) => {
    child.on('error', resolve);
  });
  closeStreams(child);
  return startFailure(attempt, inWords(cause));
}

/** Closes this side of all that the process had; also where something it started holds the other side. */
export function closeStreams(child: ChildProcess): void {
  if (child.connected) child.disconnect();
  for (const fd of child.stdio?.keys() ?? []) streamOf(child, fd)?.destroy();
}

function streamOf(child: ChildProcess, fd: number): net.Socket | undefined {
  // Without descriptors left (EMFILE) spawn makes no streams at all, whatever its types say.
  const stdio: readonly unknown[] | undefined = child.stdio;
  const stream = stdio?.[fd];
  return stream instanceof net.Socket ? stream : undefined;
}

/** What has run out, in words: of a program's start the system tells no more than a number. */
function inWords(cause: unknown): unknown {
  if (errors.hasCode(cause, 'EMFILE')) {
    return new Error('this process may open no more descriptors', { cause });
  }
  if (errors.hasCode(cause, 'ENFILE')) {
    return new Error('the system may open no more descriptors', { cause });
  }
  if (errors.hasCode(cause, 'ENOMEM')) return new Error('no memory is left', { cause });
  return cause;
}
