/** Reloads: one running, one pending, all or nothing, and never in the way of a stop. */

import type * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import type { Deferred } from '../deferred/index.js';
import * as errors from '../errors/index.js';
import type { Cause } from './cause.js';
import { StopError, describeCause } from './cause.js';
import type { Tell } from './observer.js';
import type { Registration } from './registration.js';
import type { Failure } from './report.js';
import { describeFailure } from './report.js';
import type { Runner } from './runner.js';

/** Puts into use what a reload handler has prepared; must not fail. */
export type Commit = () => void;

/**
 * Prepares the new state and returns what puts it into use; throws to keep the old. The commits run,
 * in order, only after every handler has prepared; a handler that returns nothing has done its part.
 */
export type ReloadHandler = (ctx: context.Context) => void | Commit | Promise<void | Commit>;

/** What reloads need of their lifecycle. */
export interface ReloadParts {
  readonly runner: Runner;
  readonly handlers: Iterable<Registration<ReloadHandler>>;
  /** Milliseconds for a handler without a limit of its own. */
  readonly limitMs: number;
  readonly tell: Tell;
  /** Enters the phase `reloading`; false when the process is in no phase to reload. */
  begin(): boolean;
  /** Leaves it, unless a stop has begun meanwhile. */
  end(): void;
}

interface Request {
  readonly cause: Cause;
  readonly answer: Deferred<void>;
}

/** The queue of length one. */
export class Reloads {
  readonly #parts: ReloadParts;
  #pending: Request | undefined;
  #stopCause: Cause | undefined;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /** Asks for a reload that begins after this call; settles as the one that does. */
  request(cause: Cause): Promise<void> {
    const request = (this.#pending ??= createRequest(cause));
    if (this.#stopCause === undefined) this.resume();
    else this.#drop(this.#stopCause);
    return request.answer.promise;
  }

  /** Starts what is pending, if it may. */
  resume(): void {
    if (this.#pending === undefined || !this.#parts.begin()) return;
    const request = this.#pending;
    this.#pending = undefined;
    void this.#run(request);
  }

  /** Ends the running reload, drops the pending one and refuses every other. */
  stop(cause: Cause): void {
    this.#stopCause ??= cause;
    this.#parts.runner.abandon(new StopError(cause));
    this.#drop(cause);
  }

  async #run(request: Request): Promise<void> {
    const { tell } = this.#parts;
    const { cause } = request;
    tell({ type: 'RELOAD_STARTED', cause });
    const handlers = [...this.#parts.handlers];
    const error = await this.#perform(handlers);
    if (error === undefined) tell({ type: 'RELOAD_SUCCEEDED', cause, handlers: handlers.length });
    else tell({ type: 'RELOAD_FAILED', cause, error });
    this.#parts.end();
    if (error === undefined) request.answer.resolve();
    else request.answer.reject(error);
    this.resume();
  }

  async #perform(
    handlers: readonly Registration<ReloadHandler>[],
  ): Promise<errors.RodentError | undefined> {
    const commits: Commit[] = [];
    for (const registration of handlers) {
      const limitMs = registration.timeoutMs ?? this.#parts.limitMs;
      const call = registration.fn;
      const outcome = await this.#parts.runner.run<void | Commit>({
        stage: 'reload',
        registration,
        call,
        limitMs,
      });
      if (outcome.kind === 'abandoned') return dropped(this.#stopCause);
      if (outcome.kind === 'failed') return toError(outcome.failure);
      if (typeof outcome.value === 'function') commits.push(outcome.value);
    }
    return commit(commits);
  }

  #drop(cause: Cause): void {
    const request = this.#pending;
    this.#pending = undefined;
    request?.answer.reject(dropped(cause));
  }
}

/** Every commit runs: half of a new state is worse than one part that failed. */
function commit(commits: readonly Commit[]): errors.RodentError | undefined {
  const failures: unknown[] = [];
  for (const commit of commits) {
    try {
      commit();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) return undefined;
  return new errors.RodentError(
    `The reload was not taken over completely: ${failures.map(errors.describe).join(' ')}`,
    { code: 'RELOAD_FAILED', cause: failures.length === 1 ? failures[0] : failures },
  );
}

function toError(failure: Failure): errors.RodentError {
  const { name, place, isTimeout, error } = failure;
  const why = isTimeout ? `The ${describeFailure(failure)}.` : errors.describe(error);
  return new errors.RodentError(`The reload failed, the old state goes on: ${why}`, {
    code: 'RELOAD_FAILED',
    contextData: { handler: name, place },
    cause: error,
  });
}

function dropped(cause: Cause | undefined): errors.RodentError {
  const why = cause === undefined ? '' : ` (${describeCause(cause)})`;
  return new errors.RodentError(`The reload was dropped: the process is stopping${why}.`, {
    code: 'RELOAD_FAILED',
  });
}

function createRequest(cause: Cause): Request {
  const answer = deferred.create<void>();
  // The observer is told of a failure; who asks without waiting must not end the process with it.
  answer.promise.catch(() => undefined);
  return { cause, answer };
}
