/** What whoever keeps a process sees of it, whatever it is: a worker of ours or any program. */

/** How a process ended. */
export interface Exit {
  /** Null when a signal ended it, or when it never began. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly error?: Error;
  /** The last lines that it wrote to stderr, the oldest first; at most 20. */
  readonly words: readonly string[];
}

/** What a worker of ours tells of itself with each beat. Times in milliseconds, sizes in bytes. */
export interface Vitals {
  /** Requests answered since its start. */
  readonly requests: number;
  /** Requests in flight. */
  readonly active: number;
  readonly connections: number;
  /** Resident memory. */
  readonly memoryBytes: number;
  readonly heapBytes: number;
  /** Processor time since its start, user and system. */
  readonly cpuMs: number;
  /** How late its event loop was since the last beat. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Requests that went on long after their deadline, as `GET /report (130.2 s)`. */
  readonly overdue: readonly string[];
  /** Why its own probe of the application failed several times in a row; undefined while it passes. */
  readonly unhealthy?: string;
}

/** Why a process is asked to end. */
export type StopReason =
  /** The whole service stops. */
  | { readonly kind: 'stop' }
  /** Others take its place: the socket stays open. `why` stands in its log. */
  | { readonly kind: 'replaced'; readonly why: string };

/** A started process. */
export interface Process {
  /** NaN when it could not be started; `exited` then tells why. */
  readonly pid: number;
  /**
   * Resolves when the process says that it is ready. Rejects with the error that it tells instead, and
   * then `exited` follows. Never settles for a process that tells nothing.
   */
  readonly ready: Promise<unknown>;
  /** Resolves once it has been reaped; never rejects. */
  readonly exited: Promise<Exit>;
  /** Resolves when the process says that it leaves of its own accord (a signal sent by hand, say). */
  readonly leaving: Promise<string>;
  /** The last beat; undefined before the first, and for a program. */
  vitals(): Vitals | undefined;
  /** Milliseconds since anything was heard of its event loop; 0 for a program, which tells nothing. */
  silentMs(): number;
  /** The stack that a stuck event loop was found in; undefined while nothing was found. */
  stuckAt(): string | undefined;
  /** Whether a signal (SIGSTOP) or a debugger has suspended it. */
  isSuspended(): boolean;
  /** Asks it to end in order; idempotent. */
  stop(reason: StopReason): void;
  /** Sends `signal` to it, with `group` to its whole process group; false when it has gone. */
  signal(signal: NodeJS.Signals, options?: { readonly group?: boolean }): boolean;
  /** KILL to its whole group, at once; nothing is done when it has been reaped. Safe in an exit handler. */
  kill(): void;
}
