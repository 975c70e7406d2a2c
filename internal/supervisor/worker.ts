/** One worker: the machine that keeps its process. */

import type * as child from '../child/index.js';
import * as errors from '../errors/index.js';
import type { Happening } from './event.js';
import type { History } from './history.js';
import type { SupervisedProcess, WorkerOptions } from './options.js';
import type { Owner } from './owner.js';
import { Place } from './place.js';
import { describeEnd, describeStop, errorOf, isPermanent } from './reason.js';
import type { Delay, Retry } from './restarts.js';
import { Restarts, startRetry } from './restarts.js';
import type { RunEvents } from './run.js';
import { Run } from './run.js';
import { statusOf } from './status.js';
import { StateMachine } from './transitions.js';

/** Makes a worker; nothing runs before `start`. */
export function create(options: WorkerOptions): Worker {
  return new Worker(options);
}

/** See `create`. */
export class Worker {
  readonly #owner: Owner | undefined;
  readonly #machine: StateMachine;
  /** What it stands for. */
  readonly place: Place;
  readonly #restarts = new Restarts();
  #run: Run | undefined;
  #retry: Retry | undefined;
  #error: Error | undefined;
  #wasKilled = false;

  constructor(options: WorkerOptions, history?: History, owner?: Owner) {
    this.place = new Place(options, history);
    this.#owner = owner;
    this.#machine = new StateMachine('STOPPED', (from, to) =>
      this.tell({ type: 'STATE_CHANGED', from, to }),
    );
  }

  get name(): string {
    return this.place.settings.name;
  }

  get generation(): number {
    return this.place.settings.generation;
  }

  get state(): child.State {
    return this.#machine.state;
  }

  /** Why its last start failed, or its last process ended: the process's own error where it told one. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Whether its last process ended by KILL from here. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** When its process was started, on the monotonic clock; 0 without one. */
  get startedMs(): number {
    return this.#run?.startedMs ?? 0;
  }

  /**
   * Starts it and forgets what failed before; in BACKOFF it starts at once. Does nothing while it runs
   * or stops: await `stop` first.
   */
  start(): void {
    if (this.state === 'BACKOFF') return this.#begin();
    if (!['STOPPED', 'EXITED', 'FATAL'].includes(this.state)) return;
    this.#restarts.begin(this.place.history);
    this.#begin();
  }

  /** Resolves when it is RUNNING; rejects with the process's own error when this start fails, or is stopped. */
  async whenReady(): Promise<void> {
    await this.#current().ready;
  }

  /** Resolves when it has been RUNNING for `settleMs`; rejects as `whenReady` does. */
  async whenSettled(): Promise<void> {
    await this.#current().settled;
  }

  /**
   * Asks it to end; resolves when it has been reaped, by KILL if `stopMs` is not enough. It is not
   * started again. Calls that meet share one end. `told` is the reason in words, for the status.
   */
  stop(reason: child.StopReason = { kind: 'stop' }, told?: string): Promise<void> {
    const words = told ?? describeStop(reason);
    if (this.state === 'BACKOFF') this.#finishStop(words);
    if (this.#run === undefined) return Promise.resolve();
    if (this.state !== 'STOPPING') this.#machine.move('STOPPING');
    return this.#run.stop(reason, words);
  }

  /** KILL at once, once, for `why`; then it is started again by its rules. False without a process. */
  kill(why: string): boolean {
    this.#run?.kill(why);
    return this.#run !== undefined;
  }

  /** KILL at once, synchronously and for good: for a forced exit. */
  killNow(): void {
    if (this.state === 'BACKOFF') this.#finishStop('stopped');
    if (this.#run === undefined) return;
    if (this.state !== 'STOPPING') this.#machine.move('STOPPING');
    this.#run.kill('the stop was forced', 'stopped');
  }

  /** Sends `signal` to its process, with `group` to the whole group; false without a process. */
  signal(signal: NodeJS.Signals, options?: { readonly group?: boolean }): boolean {
    return this.#run?.process.signal(signal, options) ?? false;
  }

  /** Tells a spare that it serves, by the name that it has now. */
  activate(): void {
    this.#run?.process.activate?.(this.name);
  }

  /** As `status` shows it. */
  status(): child.WorkerStatus {
    const { state, since } = this.#machine;
    const nextStartAt = this.#retry?.at;
    return statusOf(this.place, { state, since, run: this.#run, nextStartAt });
  }

  /** Tells the observer what happened to this worker. */
  tell(happening: Happening): void {
    this.place.tell(happening, this.#run?.pid);
  }

  #current(): Run {
    if (this.#run !== undefined) return this.#run;
    if (this.#error !== undefined) throw this.#error;
    throw new errors.RodentError(`The worker "${this.name}" is not started.`, {
      code: 'NOT_RUNNING',
    });
  }

  #begin(): void {
    this.#cancelRetry();
    this.#machine.move('STARTING');
    this.#wasKilled = false;
    this.#error = undefined;
    const { settings, history } = this.place;
    history.starts += 1;
    let process: SupervisedProcess;
    try {
      process = settings.start();
    } catch (thrown) {
      this.place.noteEnd(errors.describe(thrown));
      return this.#failStart(errors.from(thrown));
    }
    const run = new Run(process, settings, this.#runEvents());
    this.#run = run;
    if (run.pid !== undefined) this.tell({ type: 'WORKER_STARTED' });
    void process.exited.then((exit) => this.#end(run, exit));
    void process.leaving.then((why) => this.#leave(run, why));
    run.begin();
  }

  #runEvents(): RunEvents {
    return {
      handleReady: () => {
        this.#machine.move('RUNNING');
        this.tell({ type: 'WORKER_READY', afterMs: this.#run?.ageMs ?? 0 });
      },
      handleSettled: () => this.#restarts.settle(),
      handleStuck: (silentMs, stack) =>
        this.tell({ type: 'WORKER_STUCK', silentMs, ...(stack === undefined ? {} : { stack }) }),
      handleKilled: (why) => this.tell({ type: 'WORKER_KILLED', why }),
      handleLost: (error) => {
        if (this.state !== 'UNKNOWN') this.#machine.move('UNKNOWN');
        this.tell({ type: 'WORKER_LOST', error });
      },
    };
  }

  #leave(run: Run, why: string): void {
    if (this.#run !== run || run.told !== undefined) return;
    this.tell({ type: 'WORKER_LEAVING', why });
    this.#owner?.handleLeaving(why);
  }

  #end(run: Run, exit: child.Exit): void {
    const reason = describeEnd(exit, run);
    const wasAsked = run.told !== undefined;
    const { code, signal, words } = exit;
    const error = run.error ?? errorOf(this.name, reason, exit);
    this.place.noteEnd(reason);
    this.#wasKilled = run.doom !== undefined;
    this.tell({ type: 'WORKER_ENDED', reason, wasAsked, code, signal, words });
    this.#run = undefined;
    run.close(error);
    if (wasAsked) return this.#finishStop(reason);
    this.#error = error;
    if (this.state === 'UNKNOWN') return this.#machine.move('EXITED');
    if (isPermanent(exit)) return this.#giveUp(error);
    if (run.hasSettled) this.#restart(run, exit);
    else this.#failStart(error);
  }

  #restart(run: Run, exit: child.Exit): void {
    const ended = { exit, ageMs: run.ageMs, isDoomed: run.doom !== undefined };
    const next = this.#restarts.afterEnd(this.place, ended);
    this.#machine.move('EXITED');
    if (next.kind === 'never' || this.#owner?.mayRestart() === false) return;
    if (next.kind === 'now') this.#begin();
    else this.#backOff(next);
  }

  #failStart(error: Error): void {
    this.#error = error;
    const next = this.#restarts.afterFailedStart(this.place);
    if (next.kind !== 'wait') return this.#giveUp(error);
    const isReplaced = this.state === 'RUNNING' && this.#owner?.mayRestart() === false;
    if (isReplaced) this.#machine.move('EXITED');
    else this.#backOff(next);
  }

  #backOff({ delayMs, attempt }: Delay): void {
    this.#retry = startRetry(delayMs, () => this.#begin());
    this.#machine.move('BACKOFF');
    this.tell({ type: 'WORKER_BACKING_OFF', reason: this.place.lastReason, delayMs, attempt });
  }

  #giveUp(error: Error): void {
    this.#machine.move('FATAL');
    this.tell({ type: 'WORKER_GAVE_UP', reason: this.place.lastReason, error });
  }

  #finishStop(reason: string): void {
    this.#cancelRetry();
    this.#machine.move('STOPPED');
    this.tell({ type: 'WORKER_STOPPED', reason });
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }
}
