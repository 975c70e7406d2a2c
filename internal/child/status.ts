/** What is told of a worker: its state in supervisord's words, and its figures. */

import type { Vitals } from './process.js';

/**
 * The kinds of workers that one machine keeps: http workers, scripts and programs of the configuration,
 * workers that the database asks for, and the embedded database itself.
 */
export type WorkerKind = 'http' | 'script' | 'program' | 'worker' | 'database';

/**
 * The states of a worker.
 *
 * Source: supervisord, "Process States"; R-SUP-13.
 */
export type State =
  | 'STOPPED'
  | 'STARTING'
  | 'RUNNING'
  | 'BACKOFF'
  | 'STOPPING'
  | 'EXITED'
  | 'FATAL'
  | 'UNKNOWN';

/** One worker as `status` shows it. Instants are ISO 8601, UTC; durations milliseconds. */
export interface WorkerStatus {
  /** `http-1`, or the name of a program. */
  readonly name: string;
  readonly kind: WorkerKind;
  readonly state: State;
  /** Absent while no process of it runs. */
  readonly pid?: number;
  /** Which reload it came with; 1 at the start. */
  readonly generation: number;
  /** Booted, and standing by for the death of another. */
  readonly isSpare: boolean;
  /** Suspended by a signal or a debugger. */
  readonly isSuspended: boolean;
  /** When it entered its state. */
  readonly since: string;
  /** When its process started. */
  readonly startedAt?: string;
  readonly uptimeMs?: number;
  /** How often its process was started anew. */
  readonly restarts: number;
  /** Why its last process ended: `exit status 1`, `SIGKILL (perhaps out of memory)`, `recycled: …`. */
  readonly lastEnd?: { readonly at: string; readonly reason: string };
  /** When the next start is due, in BACKOFF. */
  readonly nextStartAt?: string;
  /** The last beat of a worker of ours. */
  readonly vitals?: Vitals;
}
