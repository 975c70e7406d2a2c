/** The tree of what ends together: the part of a context that is cancelled. */

import { setMaxListeners } from 'node:events';

import * as clock from '../clock/index.js';
import type * as errors from '../errors/index.js';
import type { Ending } from './ending.js';

/** When a lifetime ends at the latest. */
export interface Deadline {
  /** On the wall clock, in milliseconds since 1970; only to be shown. */
  readonly atMs: number;
  /** On the monotonic clock, in milliseconds; this one is judged. */
  readonly dueMs: number;
  /** Ends what the deadline was set for, unless it has ended. */
  readonly expire: () => void;
}

/** Called once, when the lifetime has ended. Must not throw. */
export type Listener = (ending: Ending) => void;

/**
 * One place in the tree. Lifetimes that have not ended form lists of siblings, linked both ways in
 * order of creation, so that joining, leaving and ending cost the same whatever the number of
 * siblings. One that has ended is in no list.
 */
export class Lifetime {
  #ending: Ending | undefined;
  #deadline: Deadline | undefined;
  #listener: Listener | undefined;
  #controller: AbortController | undefined;
  #parent: Lifetime | undefined;
  #previous: Lifetime | undefined;
  #next: Lifetime | undefined;
  #first: Lifetime | undefined;
  #last: Lifetime | undefined;

  /** Joins `parent`, with its deadline; under a parent that has ended it has ended in the same way. */
  constructor(parent?: Lifetime) {
    if (parent === undefined) return;
    this.#ending = parent.ending;
    this.#deadline = parent.#deadline;
    if (this.#ending === undefined) this.#join(parent);
  }

  /**
   * How it ended; undefined while it has not. The clock is asked too, because timers do not run while
   * a piece of work keeps the thread: such a loop would otherwise never see its deadline pass.
   */
  get ending(): Ending | undefined {
    if (this.#ending === undefined && this.#deadline !== undefined) {
      if (clock.monotonicMs() >= this.#deadline.dueMs) this.#deadline.expire();
    }
    return this.#ending;
  }

  get err(): errors.RodentError | undefined {
    return this.ending?.err;
  }

  get cause(): unknown {
    return this.ending?.cause;
  }

  get limit(): Deadline | undefined {
    return this.#deadline;
  }

  get deadline(): Date | undefined {
    return this.#deadline === undefined ? undefined : new Date(this.#deadline.atMs);
  }

  /** Made on the first read: an AbortController costs more than everything else here. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const { ending } = this;
      this.#controller = createController();
      if (ending !== undefined) this.#controller.abort(ending.cause);
    }
    return this.#controller.signal;
  }

  /** Sets the deadline, which must not be later than the one it has, before anything joins. */
  setLimit(deadline: Deadline): void {
    this.#deadline = deadline;
  }

  /** Calls `listener` at the end, after the earlier ones, or now when it has ended. */
  onEnd(listener: Listener): void {
    if (this.#ending !== undefined) {
      listener(this.#ending);
      return;
    }
    const earlier = this.#listener;
    this.#listener =
      earlier === undefined
        ? listener
        : (ending) => {
            earlier(ending);
            listener(ending);
          };
  }

  /**
   * Ends it and everything below, unless it has ended. First all of them are marked, then they are
   * told in order; so what a listener calls finds no list half taken apart.
   */
  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#leave();
    if (this.#first === undefined) {
      this.#ending = ending;
      this.#tell(ending);
      return;
    }
    for (const lifetime of this.#mark(ending)) lifetime.#tell(ending);
  }

  /** Marks the subtree in preorder and takes it apart; returns those that have somebody to tell. */
  #mark(ending: Ending): readonly Lifetime[] {
    const listened: Lifetime[] = [];
    // A stack of our own: a chain of ten thousand contexts would overflow the thread's.
    const pending: Lifetime[] = [this];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at.#next !== undefined) pending.push(at.#next);
      if (at.#first !== undefined) pending.push(at.#first);
      at.#ending = ending;
      at.#parent = at.#previous = at.#next = at.#first = at.#last = undefined;
      if (at.#listener !== undefined || at.#controller !== undefined) listened.push(at);
    }
    return listened;
  }

  #tell(ending: Ending): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.(ending);
    this.#controller?.abort(ending.cause);
  }

  #join(parent: Lifetime): void {
    this.#parent = parent;
    this.#previous = parent.#last;
    if (parent.#last === undefined) parent.#first = this;
    else parent.#last.#next = this;
    parent.#last = this;
  }

  #leave(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    if (this.#previous === undefined) parent.#first = this.#next;
    else this.#previous.#next = this.#next;
    if (this.#next === undefined) parent.#last = this.#previous;
    else this.#next.#previous = this.#previous;
    this.#parent = this.#previous = this.#next = undefined;
  }
}

/**
 * A signal with many listeners is the normal case for a context, not a leak; Node 20 would warn at the
 * eleventh. Later versions of Node set the same limit for every AbortSignal.
 */
export function createController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
