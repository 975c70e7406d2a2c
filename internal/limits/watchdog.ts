/** A second thread that sees when the event loop of this one does not move. */

import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';

import * as errors from '../errors/index.js';
import type { WatchdogOrder } from './watchdog-thread.js';

export interface WatchdogOptions {
  /**
   * Where its lines go: a descriptor of its own, a pipe or a socket, or one on which whoever else writes
   * puts out whole lines. It stays the caller's to close, after the watchdog.
   */
  readonly fd: number;
  /** How long the event loop may be silent, in milliseconds. */
  readonly stuckMs: number;
  /** How long the stack of a stuck event loop is waited for, in milliseconds; default 3 s. */
  readonly stackMs?: number;
  /** How long a stuck process may outlive its parent, in milliseconds; default 5 s. */
  readonly orphanMs?: number;
  /** The parent's process id; default the current one. Give it where the parent may be gone already. */
  readonly parentPid?: number;
  /** Told when there is no watchdog, or no more: the process goes on without. */
  readonly onFailure?: (error: errors.RodentError) => void;
}

export interface Watchdog {
  /** Ends it; resolves when its thread has ended and writes nothing any more. */
  close(): Promise<void>;
}

/** How often the loop says that it moves, in milliseconds: this part of the limit, within these bounds. */
const PART = 10;
const OFTEN_MS = 10;
const SELDOM_MS = 500;

/** A ceiling, not a reservation: a deep stack comes as one message of many megabytes. */
const HEAP_MIB = 128;

/**
 * Opens a watchdog of this process's event loop; keeps no process alive. When the loop has been silent
 * for `stuckMs`, one WatchdogLine of type `stuck` tells where it is; when it moves again, one of type
 * `unstuck`, and so on. The main thread is paused for that once a stall, for milliseconds.
 *
 * Says `debugged` in its place while a debugger's port is open or a debugger has paused the loop. When
 * the parent has died and the loop stays stuck for `orphanMs` more, the process kills itself, since
 * nobody else will.
 *
 * Source: R-SUP-9, R-INP-67, 88, W-INP-24; prior art: Unicorn's suspend guard.
 */
export function open(options: WatchdogOptions): Watchdog {
  const { fd, stuckMs, stackMs = 3000, orphanMs = 5000, parentPid = process.ppid } = options;
  const everyMs = Math.max(OFTEN_MS, Math.min(SELDOM_MS, Math.round(stuckMs / PART)));
  const shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(shared);
  const beat = (): void => {
    Atomics.store(words, 1, inspector.url() === undefined ? 0 : 1);
    Atomics.add(words, 0, 1);
  };
  beat();
  const thread = start({ shared, fd, lookMs: everyMs, stuckMs, stackMs, orphanMs, parentPid });
  const timer = setInterval(beat, everyMs).unref();
  const fail = (cause: unknown): void => {
    clearInterval(timer);
    options.onFailure?.(failure(cause));
  };
  if (thread instanceof Worker) thread.on('error', fail);
  else fail(thread);
  return {
    close: async () => {
      clearInterval(timer);
      if (thread instanceof Worker) await thread.terminate();
    },
  };
}

/** Returns the thread, or the error that stands in its way. */
function start(order: WatchdogOrder): Worker | Error {
  try {
    // Without the flags and the environment of this process: nothing of the application's (--import,
    // --require, NODE_OPTIONS) is loaded into it.
    const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
      name: 'watchdog',
      workerData: order,
      execArgv: [],
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MIB,
        maxYoungGenerationSizeMb: 2,
        stackSizeMb: 1,
      },
    });
    thread.unref();
    return thread;
  } catch (error) {
    return errors.from(error);
  }
}

function failure(cause: unknown): errors.RodentError {
  return new errors.RodentError('Cannot watch the event loop: the watchdog thread has ended.', {
    code: 'INTERNAL',
    cause,
  });
}
