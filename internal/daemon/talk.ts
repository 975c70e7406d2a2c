/** The side of the starter: one conversation over the pipe, up to the word that decides. */

import type { ChildProcess } from 'node:child_process';
import net from 'node:net';

import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import * as channel from './channel.js';

/** How a start ended. */
export type Outcome =
  | { readonly kind: 'ready'; readonly pid: number; readonly info: unknown }
  | { readonly kind: 'failed'; readonly error: errors.RodentError }
  /** The started process ended without a word; its exit status when it could tell it. */
  | {
      readonly kind: 'ended';
      readonly exitCode: number | undefined;
      readonly signal?: NodeJS.Signals | null;
    }
  | { readonly kind: 'late' }
  | { readonly kind: 'canceled'; readonly reason: unknown };

export interface Talk {
  /** The process id, as soon as it is told. */
  pid(): number | undefined;
  /** Resolves with the word that decides; never rejects. */
  readonly word: Promise<Outcome>;
  /** Resolves when every process that held the other end has ended. */
  readonly ended: Promise<void>;
  readonly channel: channel.Channel;
}

/** Opens the conversation over `child`'s descriptor `fd`, which was spawned as 'pipe'. */
export function open(child: ChildProcess, fd: number): Talk {
  const told: { pid?: number; exitCode?: number } = {};
  const { promise: word, resolve: decide } = deferred.create<Outcome>();
  const line = channel.open(pipeOf(child, fd), (message) => {
    if (message.type === 'launched' || message.type === 'ready') told.pid = message.pid;
    if (message.type === 'exit') told.exitCode = message.exitCode;
    if (message.type === 'ready') decide({ kind: 'ready', pid: message.pid, info: message.info });
    if (message.type === 'failed') decide({ kind: 'failed', error: failure(message) });
  });
  void line.ended.then(() => decide({ kind: 'ended', exitCode: told.exitCode }));
  return { pid: () => told.pid, word, ended: line.ended, channel: line };
}

function pipeOf(child: ChildProcess, fd: number): net.Socket {
  // Without descriptors left (EMFILE) spawn makes no streams at all, whatever its types say.
  const stdio: readonly unknown[] | undefined = child.stdio;
  const stream = stdio?.[fd];
  if (stream instanceof net.Socket) return stream;
  throw new errors.RodentError('Cannot start a process: no descriptors are left.', {
    code: 'START_FAILED',
  });
}

/** Waits for the word, but no longer than `timeoutMs`, and only while `signal` allows. */
export async function outcome(
  talk: Talk,
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Outcome> {
  const { signal, timeoutMs } = limits;
  const { promise: limit, resolve } = deferred.create<Outcome>();
  const cancel = (): void => resolve({ kind: 'canceled', reason: signal?.reason as unknown });
  const timer = setTimeout(() => resolve({ kind: 'late' }), timeoutMs);
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([talk.word, limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** What an error about a start is made of. */
export interface Circumstances {
  /** Begins the sentence. */
  readonly subject: string;
  /** Last lines that the process wrote. */
  readonly words: readonly string[];
  readonly timeoutMs: number;
  /** Why there was nothing to talk to, when that is known. */
  readonly cause: unknown;
}

/** Returns the error that stands for a start that did not succeed. */
export function toError(
  result: Exclude<Outcome, { readonly kind: 'ready' }>,
  { subject, words, timeoutMs, cause }: Circumstances,
): errors.RodentError {
  if (result.kind === 'failed') return result.error;
  const last = words.length === 0 ? '' : `\nIts last words:\n  ${words.join('\n  ')}`;
  if (result.kind === 'late') {
    const detail = `${subject} was not ready within ${timeoutMs / 1000} s and was stopped.${last}`;
    return new errors.RodentError(detail, { code: 'NOT_READY' });
  }
  if (result.kind === 'canceled') {
    const detail = `${subject} was stopped: its start was given up.`;
    return new errors.RodentError(detail, { code: 'CANCELED', cause: result.reason });
  }
  const how =
    cause === undefined
      ? `ended before it was ready${status(result)}`
      : `could not be started: ${errors.describe(cause)}`;
  return new errors.RodentError(`${subject} ${how}.${last}`, {
    code: 'START_FAILED',
    contextData: result.exitCode === undefined ? {} : { exitCode: result.exitCode },
    ...(cause === undefined ? {} : { cause }),
  });
}

function status({ exitCode, signal }: Outcome & { readonly kind: 'ended' }): string {
  if (exitCode !== undefined) return ` with exit status ${exitCode}`;
  return typeof signal === 'string' ? ` by ${signal}` : '';
}

function failure(message: channel.Message & { readonly type: 'failed' }): errors.RodentError {
  const { detail, code, exitCode } = message;
  return new errors.RodentError(detail, {
    // A successor may run a newer version that knows more codes.
    code: errors.isCode(code) ? code : 'START_FAILED',
    contextData: exitCode === undefined ? {} : { exitCode },
  });
}
