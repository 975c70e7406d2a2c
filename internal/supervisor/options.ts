/** How one worker is kept. */

import type * as child from '../child/index.js';
import type { BackoffOptions } from './backoff.js';
import type { Observer } from './event.js';

/** A process as the supervisor keeps it. */
export interface SupervisedProcess extends child.Process {
  /** Tells a spare that it serves from now on, as `name`; absent where there are no spares. */
  activate?(name?: string): void;
}

/** How one worker is kept. Times in milliseconds. */
export interface WorkerOptions {
  /** `http-1`, or the name of a program. */
  readonly name: string;
  readonly kind: child.WorkerKind;
  /** Which reload it comes with; default 1. */
  readonly generation?: number;
  /** Whether it is booted to stand by for another; default false. */
  readonly isSpare?: boolean;
  /** Starts the process; may throw. Called again for each start. */
  start(): SupervisedProcess;
  /** `told`: RUNNING when the process says that it is ready. `time`: when it has lived for `settleMs`. */
  readonly readiness: 'told' | 'time';
  /** Until when it must have told, or it is killed and has failed to start; 0 = for ever; default 60 s. */
  readonly startTimeoutMs?: number;
  /** How long it must be RUNNING to count as started; default 1 s. */
  readonly settleMs?: number;
  /** How many retries in a row may fail before the worker is FATAL; default 3. */
  readonly startRetries?: number;
  /** Whether it is started again when it ends by itself; default `unexpected`: not with an exit code of `exitCodes`. */
  readonly autorestart?: 'always' | 'unexpected' | 'never';
  /** Exit codes that are no failure; default [0]. */
  readonly exitCodes?: readonly number[];
  /** From the request to stop to KILL; default 10 s. */
  readonly stopMs?: number;
  /** How long nothing may be heard of it before it counts as hung; 0 = never; default 0. */
  readonly silenceMs?: number;
  readonly backoff?: BackoffOptions;
  /** Is told every event. */
  readonly observe?: Observer;
}

/** WorkerOptions with every default in its place. */
export type Settings = Required<Omit<WorkerOptions, 'start' | 'observe'>> &
  Pick<WorkerOptions, 'start' | 'observe'>;

/** Returns `options` with the defaults. */
export function withDefaults(options: WorkerOptions): Settings {
  return {
    generation: 1,
    isSpare: false,
    startTimeoutMs: 60_000,
    settleMs: 1000,
    startRetries: 3,
    autorestart: 'unexpected',
    exitCodes: [0],
    stopMs: 10_000,
    silenceMs: 0,
    backoff: {},
    ...options,
    start: () => options.start(),
  };
}
