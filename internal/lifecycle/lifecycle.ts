/** The lifecycle of a process: its phases, and what runs when it reloads and when it stops. */

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { Cause } from './cause.js';
import { StopError, causeOf } from './cause.js';
import { Ending } from './ending.js';
import type { Observer } from './event.js';
import type { Limits } from './limits.js';
import { withDefaults } from './limits.js';
import type { Tell } from './observer.js';
import { createTell } from './observer.js';
import type { PendingProvider } from './pending.js';
import type { Phase } from './phase.js';
import type { Named, Unregister } from './registration.js';
import { createRegistry } from './registry.js';
import type { ReloadHandler } from './reload.js';
import { Reloads } from './reload.js';
import type { Report } from './report.js';
import type { Hook } from './runner.js';
import { Runner } from './runner.js';
import type { Canceller } from './stop.js';

/** Who asks when nobody is named. */
const BY_PROGRAM: Cause = { kind: 'request', by: 'the program' };

/** Limits, name, parent and observer of a lifecycle; every one has a default. */
export interface LifecycleOptions extends Partial<Limits> {
  /** What the process is called in messages; default `service`. */
  readonly name?: string;
  /** Gives its values to `life.ctx`; when it is done the process stops, in order; default none. */
  readonly parent?: context.Context;
  /** Is told every event, at once and in order; default nobody. */
  readonly observe?: Observer;
}

/** Creates a lifecycle in the phase `starting`. Installs nothing: see `handleSignals` and `run`. */
export function create(options: LifecycleOptions = {}): Lifecycle {
  return new Lifecycle(options);
}

/**
 * One process's life. Every `register…` takes a name and a function, or a function with a name of its
 * own, and returns a function that takes the registration back.
 */
export class Lifecycle {
  readonly name: string;
  readonly limits: Limits;
  /** The root context: cancelled, with a StopError, after the drains and before the hooks. */
  readonly ctx: context.Context;
  /** Tells the observer, who can do no harm. @internal */
  readonly tell: Tell;
  readonly #registry = createRegistry();
  readonly #reloader: Runner;
  readonly #reloads: Reloads;
  readonly #ending: Ending;
  #phase: Phase = 'starting';
  #interruptMs: number | undefined;

  constructor(options: LifecycleOptions) {
    const parent = options.parent ?? context.background();
    // Not a child of the parent: work in flight is drained before it is cancelled.
    const root = context.withCancel(context.withoutCancel(parent));
    const registry = this.#registry;
    this.name = options.name ?? 'service';
    this.limits = withDefaults(options);
    this.tell = createTell(options.observe);
    this.ctx = root;
    this.#reloader = new Runner(root, () => undefined);
    const { limits, tell } = this;
    const enter = (phase: Phase): void => void this.#move(this.#phase, phase);
    this.#ending = new Ending({ limits, registry, reloader: this.#reloader, root, tell, enter });
    this.#reloads = new Reloads({
      runner: this.#reloader,
      handlers: registry.handlers,
      limitMs: limits.reloadMs,
      tell,
      begin: () => this.#move('ready', 'reloading'),
      end: () => void this.#move('reloading', 'ready'),
    });
    this.#follow(parent);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether new work may come in: what a readiness probe answers. */
  get isReady(): boolean {
    return this.#phase === 'ready' || this.#phase === 'reloading';
  }

  /** Why it stops; undefined while it does not. */
  get cause(): Cause | undefined {
    return this.#ending.cause;
  }

  /** Resolves when the process has stopped or was forced to; the same promise for everybody. */
  get whenStopped(): Promise<Report> {
    return this.#ending.whenStopped;
  }

  /** Says that the process serves. Ignored when it has said so before, or stops. */
  ready(): void {
    if (this.#move('starting', 'ready')) this.#reloads.resume();
  }

  /**
   * Registers what lets begun work finish: stop accepting, wait for the rest. Drains run all at once,
   * before the root context is cancelled, each given a fresh context with the deadline of draining.
   *
   * @throws StopError (CANCELED) when the stop has begun: what has just opened must not serve.
   */
  registerDrain(...named: Named<Hook>): Unregister {
    if (this.cause !== undefined) throw new StopError(this.cause);
    return this.#registry.drains.add(named);
  }

  /**
   * Registers what is told that the root context has just been cancelled. If it returns a promise, the
   * hooks wait for it: what was cancelled must have let go of what they close.
   *
   * @throws StopError (CANCELED) when the root context has been cancelled.
   */
  registerContextCanceller(...named: Named<Canceller>): Unregister {
    if (this.ctx.err !== undefined) throw new StopError(this.cause ?? BY_PROGRAM);
    return this.#registry.cancellers.add(named);
  }

  /**
   * Registers what closes something. Hooks run one by one, the youngest first, each given a context
   * with its own limit. A hook registered while the process stops runs next: what was opened meanwhile
   * is closed as well.
   *
   * @throws StopError (CANCELED) when the process has stopped.
   */
  registerShutdownHook(...named: Named<Hook>): Unregister {
    if (this.#phase === 'stopped') throw new StopError(this.cause ?? BY_PROGRAM);
    return this.#registry.hooks.add(named);
  }

  /** Registers what takes over new configuration; handlers run in the order of registration. */
  onReload(...named: Named<ReloadHandler>): Unregister {
    return this.#registry.handlers.add(named);
  }

  /** Registers who can name what is still alive when a stop takes too long. */
  registerPending(name: string, provider: PendingProvider): Unregister {
    return this.#registry.providers.add([name, provider]);
  }

  /**
   * Runs the reload handlers; before the process is ready it waits for that. However many ask while
   * one runs, one more runs after it, and all of them get its result. Rejections need no handler: the
   * observer is told as well.
   *
   * @throws RodentError RELOAD_FAILED when a handler fails, or the process stops.
   */
  reload(cause: Cause = BY_PROGRAM): Promise<void> {
    return this.#reloads.request(cause);
  }

  /**
   * Stops the process in order, once; every further call waits for the same stop. Called from a drain,
   * canceller, hook or reload handler it cannot wait for itself: there it resolves at once, with the
   * report as it stands.
   */
  shutdown(cause: Cause = BY_PROGRAM): Promise<Report> {
    if (this.#ending.begin(cause)) this.#stop(cause);
    const isInside = this.#ending.runner.isInside || this.#reloader.isInside;
    return isInside ? Promise.resolve(this.#describe(cause)) : this.whenStopped;
  }

  /** Ends the wait at once, also for a stop that has not begun; the report names what still runs. */
  force(cause: Cause): Report {
    const report = this.#ending.force(cause);
    this.#reloads.stop(cause);
    return report;
  }

  /**
   * Takes an interrupt: the first stops in order, one within `duplicateMs` after it is the same one
   * delivered twice (a terminal, npm and nodemon do), any later one ends the wait at once.
   */
  interrupt(signal: NodeJS.Signals): void {
    const now = clock.monotonicMs();
    const isFirst = this.#interruptMs === undefined;
    this.#interruptMs ??= now;
    if (!isFirst && now - this.#interruptMs < this.limits.duplicateMs) {
      this.tell({ type: 'SIGNAL_IGNORED', signal, why: 'duplicate' });
      return;
    }
    this.tell({ type: 'SIGNAL_RECEIVED', signal });
    if (isFirst) void this.shutdown({ kind: 'signal', signal });
    else this.force({ kind: 'signal', signal });
  }

  /**
   * Takes an error that nobody caught: stops the process with it, or, when it stops already, makes it
   * an unclean stop. Work that a stop has cancelled may fail with that, and whoever read the output (a
   * pipe's other end, a terminal) may have left first; these are no errors then.
   */
  fail(error: unknown): void {
    const isStopping = this.cause !== undefined;
    if (isStopping && isAftermath(error)) return;
    this.#ending.isUnclean = true;
    this.tell({ type: this.#phase === 'starting' ? 'START_FAILED' : 'ERROR_ESCAPED', error });
    if (!isStopping) void this.shutdown({ kind: 'error', error });
  }

  #stop(cause: Cause): void {
    const wasReady = this.isReady;
    this.#move(this.#phase, 'draining');
    this.#reloads.stop(cause);
    void this.#ending.run(cause, { wasReady });
  }

  #describe(cause: Cause): Report {
    return this.#ending.report ?? this.#ending.describe(this.cause ?? cause);
  }

  #follow(parent: context.Context): void {
    const stop = context.afterFunc(parent, () => {
      const cause = causeOf(context.cause(parent));
      void this.shutdown(cause ?? { kind: 'request', by: 'the parent context' });
    });
    void this.whenStopped.then(stop);
  }

  #move(from: Phase, to: Phase): boolean {
    if (this.#phase !== from || from === 'stopped') return false;
    this.#phase = to;
    this.tell({ type: 'PHASE_CHANGED', from, to, cause: this.cause });
    return true;
  }
}

/** Whether `error` follows from the stop, or from what made it: Ctrl-C ends a whole pipeline. */
function isAftermath(error: unknown): boolean {
  const codes = ['CANCELED', 'EPIPE', 'EIO'];
  const isAbort = error instanceof Error && error.name === 'AbortError';
  return isAbort || codes.some((code) => errors.hasCode(error, code));
}
