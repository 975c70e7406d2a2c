/** What a worker stands for: its options, the history of its place, and whom to tell. */

import * as clock from '../clock/index.js';
import type { Happening } from './event.js';
import { History } from './history.js';
import type { Settings, WorkerOptions } from './options.js';
import { withDefaults } from './options.js';

/** A worker's name, rules and history, apart from its process: a spare that takes over changes its place while its process runs on. */
export class Place {
  #settings: Settings;
  #history: History;

  constructor(options: WorkerOptions, history?: History) {
    this.#settings = withDefaults(options);
    this.#history = history ?? new History(options.backoff);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get history(): History {
    return this.#history;
  }

  /** Why the last process ended. */
  get lastReason(): string {
    return this.#history.lastEnd?.reason ?? '';
  }

  /** Stands for `options` from now on, in a place that has a history. */
  adopt(options: WorkerOptions, history: History): void {
    this.#settings = withDefaults(options);
    if (history === this.#history) return;
    history.starts += this.#history.starts;
    this.#history = history;
  }

  /** Remembers that the last process ended, or could not start, for that reason. */
  noteEnd(reason: string): void {
    this.#history.lastEnd = { at: clock.utc(), reason };
  }

  /** Tells the observer what happened, to the process `pid` if there is one. Never throws. */
  tell(happening: Happening, pid: number | undefined): void {
    const { name, kind, generation, observe } = this.#settings;
    try {
      observe?.({ name, kind, generation, ...(pid === undefined ? {} : { pid }), ...happening });
    } catch {
      // There is nobody left to tell of an observer that fails.
    }
  }
}
