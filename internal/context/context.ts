/** The two interfaces and the one class behind them: what ends a context, and which values it has. */

import type * as errors from '../errors/index.js';
import { Ending } from './ending.js';
import type { Lifetime } from './lifetime.js';
import { createController } from './lifetime.js';
import type { Key } from './values.js';
import type { Values } from './values.js';
import * as values from './values.js';

/**
 * What work is handed: until when it may go on, whether it shall stop, and the values of its request.
 *
 * Any object of this shape is accepted as a parent, also one of another copy of this package: it is
 * heard through its signal.
 */
export interface Context {
  /**
   * Aborts when the context is done; its reason is the cause, see {@link cause}. Made on the first
   * read, and the same object ever after.
   */
  readonly signal: AbortSignal;
  /** When the context ends at the latest; undefined when nothing limits it. A copy at each read. */
  readonly deadline: Date | undefined;
  /**
   * Undefined until the context is done, then always the same error: code `CANCELED` or
   * `DEADLINE_EXCEEDED`, and as `cause` the cause that was given, if one was. A deadline that passed
   * while the event loop was kept from running its timer counts at the moment of the read. The stack
   * is that of the first read; give an Error as cause where the place of the cancellation matters.
   */
  readonly err: errors.RodentError | undefined;
  /** The value of the nearest `withValue` with this key, or undefined. */
  value<T>(key: Key<T>): T | undefined;
}

/**
 * A context together with the power to end it. Keep it where it was made and pass it on as a
 * {@link Context}: only the maker cancels. `using` cancels it at the end of the block.
 */
export interface CancelContext extends Context, Disposable {
  /**
   * Ends this context and all that are derived from it with the code `CANCELED`, and lets go of the
   * parent. Returns after the abort listeners have been called; does not wait for the work to stop.
   * Without effect on a context that is done. A `cause` of undefined or null means none.
   */
  cancel(cause?: unknown): void;
}

/** What ends a context: a lifetime of ours, a context of another make, or nothing. */
export type Origin = Lifetime | Context | undefined;

/** A context of ours. Its fields are private so that a context in a log record shows nothing. */
export class TreeContext implements Context {
  readonly #origin: Origin;
  readonly #values: Values;
  #idle: AbortSignal | undefined;

  constructor(origin: Origin, values: Values) {
    this.#origin = origin;
    this.#values = values;
  }

  /** What ends `ctx`: itself when it is of another make. */
  static originOf(ctx: Context): Origin {
    return #origin in ctx ? ctx.#origin : ctx;
  }

  /** The values of `ctx`: itself when it is of another make. */
  static valuesOf(ctx: Context): Values {
    return #values in ctx ? ctx.#values : ctx;
  }

  get signal(): AbortSignal {
    return this.#origin === undefined ? this.#idleSignal() : this.#origin.signal;
  }

  get deadline(): Date | undefined {
    return this.#origin?.deadline;
  }

  get err(): errors.RodentError | undefined {
    return this.#origin?.err;
  }

  value<T>(key: Key<T>): T | undefined {
    return values.find(this.#values, key);
  }

  #idleSignal(): AbortSignal {
    this.#idle ??= createController().signal;
    return this.#idle;
  }
}

/** A context of ours with a lifetime of its own. */
export class TreeCancelContext extends TreeContext implements CancelContext {
  readonly #lifetime: Lifetime;

  constructor(lifetime: Lifetime, parent: Context) {
    super(lifetime, TreeContext.valuesOf(parent));
    this.#lifetime = lifetime;
  }

  cancel(cause?: unknown): void {
    this.#lifetime.end(new Ending('CANCELED', cause));
  }

  [Symbol.dispose](): void {
    this.#lifetime.end(new Ending('CANCELED'));
  }
}
