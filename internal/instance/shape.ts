/** Where an instance is found, and what it says of itself. */

import type { WorkerStatus } from '../child/index.js';

export interface Place {
  /** Absolute path of the PID file. */
  readonly pidFile: string;
  /** Absolute path of the control socket. */
  readonly socket: string;
}

/** The answer to `GET /status` on the control socket. */
export interface ServiceStatus {
  readonly pid: number;
  /** starting, ready, reloading, draining or stopping. */
  readonly phase: string;
  /** 1 at the start; one more with each successor. */
  readonly generation: number;
  /** Address of the service; empty without a listener. */
  readonly url: string;
  /** Absolute path of the application's module; empty for the built-in page. */
  readonly app: string;
  readonly home: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly version: string;
  readonly node: string;
  readonly isDetached: boolean;
  /** Which lock keeps the service single. */
  readonly lock: string;
  /** Resident memory in bytes, that of the workers not counted. */
  readonly memoryBytes: number;
  /** With a supervisor: those of all workers. */
  readonly requests: {
    /** Answered since the start. */
    readonly total: number;
    /** In flight now. */
    readonly active: number;
    readonly connections: number;
  };
  /** What a stop would wait for: requests in flight, by name. */
  readonly pending: readonly string[];
  readonly probes: { readonly live: string; readonly ready: string };
  /** Folder of the log files; empty when the log goes to the terminal. */
  readonly logDir: string;
  /** Configuration files in effect, the strongest last. */
  readonly configFiles: readonly string[];
  /** The last reload; undefined before the first. */
  readonly lastReload?: { readonly at: string; readonly result: string };
  /** Whether the process is a supervisor: its work is done by `workers`, and their number can change. */
  readonly isSupervised: boolean;
  /** How many http workers there should be, spares not counted; 0 without a supervisor. */
  readonly wanted: number;
  /** Whatever the service keeps: http workers, spares, scripts, programs, the embedded database. */
  readonly workers: readonly WorkerStatus[];
  /** Absent for a service without a database. */
  readonly database?: DatabaseStatus;
}

/** What a service knows of its database. Instants are ISO 8601, UTC. */
export interface DatabaseStatus {
  readonly kind: 'embedded' | 'configured';
  /** Without its password. */
  readonly address: string;
  /** Whether the last heartbeat was taken. */
  readonly isReachable: boolean;
  /** The last heartbeat that was taken; absent before the first. */
  readonly lastBeatAt?: string;
  /** What stands in the way, in one sentence. */
  readonly error?: string;
}
