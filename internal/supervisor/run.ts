/** One process of a worker, from its start until it has been reaped. */

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import * as terminal from '../terminal/index.js';
import type { Settings, SupervisedProcess } from './options.js';
import { startLimit, startTimer } from './timer.js';
import { watch } from './watch.js';

/** What a run tells its worker, at the moment it happens. */
export interface RunEvents {
  handleReady(): void;
  handleSettled(): void;
  /** It is killed next. */
  handleStuck(silentMs: number, stack: string | undefined): void;
  handleKilled(why: string): void;
  /** It cannot be signalled. */
  handleLost(error: unknown): void;
}

/** One process and its times; what follows from them is its worker's. */
export class Run {
  readonly process: SupervisedProcess;
  readonly startedAt: string = clock.utc();
  readonly startedMs: number = clock.monotonicMs();
  readonly #settings: Settings;
  readonly #events: RunEvents;
  readonly #ready = deferred.create<void>();
  readonly #settled = deferred.create<void>();
  readonly #ended = deferred.create<void>();
  readonly #cancels: (() => void)[] = [];
  #phase: 'young' | 'ready' | 'settled' | 'over' = 'young';
  #error: Error | undefined;
  #told: string | undefined;
  #doom: string | undefined;

  constructor(process: SupervisedProcess, settings: Settings, events: RunEvents) {
    this.process = process;
    this.#settings = settings;
    this.#events = events;
    // Nobody need be waiting when it ends too early.
    for (const { promise } of [this.#ready, this.#settled]) promise.catch(() => undefined);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return Number.isNaN(this.process.pid) ? undefined : this.process.pid;
  }

  get ageMs(): number {
    return clock.monotonicMs() - this.startedMs;
  }

  /** Resolves when it is ready; rejects with its own error when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when it has been ready for `settleMs`; rejects as `ready` does. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get hasSettled(): boolean {
    return this.#phase === 'settled';
  }

  /** What the process told instead of getting ready, or that it did not in time. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** The reason for which it was asked to end. */
  get told(): string | undefined {
    return this.#told;
  }

  /** The reason for which it was killed. */
  get doom(): string | undefined {
    return this.#doom;
  }

  /** Begins to watch for readiness. */
  begin(): void {
    const { readiness, settleMs, startTimeoutMs } = this.#settings;
    if (this.pid === undefined) return;
    if (readiness === 'told') {
      if (startTimeoutMs > 0) this.#limitStart(startTimeoutMs);
      this.process.ready.then(
        () => this.#becomeReady(),
        (error: unknown) => (this.#error ??= errors.from(error)),
      );
    } else if (settleMs > 0) {
      this.#cancels.push(startTimer(settleMs, () => this.#becomeReady()));
    } else {
      this.#becomeReady();
    }
  }

  /** Asks it to end, with KILL after `stopMs`; resolves when it has been reaped. */
  stop(reason: child.StopReason, told: string): Promise<void> {
    if (this.#told === undefined) {
      const { stopMs } = this.#settings;
      const why = `it did not stop within ${terminal.duration(stopMs)}`;
      this.#cancelTimers();
      this.#cancels.push(startLimit(stopMs, () => this.kill(why)));
    }
    this.#told ??= told;
    this.#attempt(() => {
      this.process.stop(reason);
      // What is suspended must wake up to end.
      if (!this.process.signal('SIGCONT', { group: true })) this.process.signal('SIGCONT');
    });
    return this.#ended.promise;
  }

  /** KILL, once, for the reason `why`; as the end of a stop for the reason `told`. */
  kill(why: string, told?: string): void {
    this.#told ??= told;
    if (this.#doom !== undefined) return;
    this.#doom = why;
    this.#events.handleKilled(why);
    this.#attempt(() => this.process.kill());
  }

  /** It has been reaped: ends all waiting, with `error` where it was waited for in vain. */
  close(error: Error): void {
    this.#cancelTimers();
    this.#ready.reject(error);
    this.#settled.reject(error);
    this.#ended.resolve();
    if (this.#phase !== 'settled') this.#phase = 'over';
  }

  get #isWanted(): boolean {
    return this.#told === undefined && this.#doom === undefined && this.#phase !== 'over';
  }

  #limitStart(ms: number): void {
    const expire = (): void => {
      // In a debugger, or suspended: no fault of its own.
      if (this.process.isSuspended()) return this.#limitStart(ms);
      const why = `it was not ready within ${terminal.duration(ms)}`;
      const { name } = this.#settings;
      this.#error ??= new errors.RodentError(
        `The worker "${name}" was not ready within ${terminal.duration(ms)}.`,
        { code: 'NOT_READY', contextData: { worker: name } },
      );
      this.kill(why);
    };
    this.#cancels.push(startLimit(ms, expire));
  }

  #becomeReady(): void {
    if (!this.#isWanted) return;
    this.#phase = 'ready';
    this.#cancelTimers();
    this.#events.handleReady();
    this.#ready.resolve();
    const { readiness, settleMs } = this.#settings;
    if (readiness === 'time') this.#settle();
    else this.#cancels.push(startTimer(settleMs, () => this.#settle()));
    this.#watch();
  }

  #settle(): void {
    if (!this.#isWanted) return;
    this.#phase = 'settled';
    this.#events.handleSettled();
    this.#settled.resolve();
  }

  #watch(): void {
    const { silenceMs } = this.#settings;
    if (silenceMs === 0) return;
    const handleStuck: RunEvents['handleStuck'] = (silentMs, stack) => {
      this.#events.handleStuck(silentMs, stack);
      this.kill(`hung: no sign of life for ${terminal.duration(silenceMs)}`);
    };
    this.#cancels.push(watch(this.process, { silenceMs, handleStuck }));
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#events.handleLost(error);
    }
  }

  #cancelTimers(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}
