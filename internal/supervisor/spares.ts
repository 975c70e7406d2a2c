/** Workers that are booted and stand by for the death of another. */

import type { Edition, Slot } from './slot.js';
import { lowestFree } from './slot.js';
import type { Worker } from './worker.js';

/** Makes the worker of a place. */
type Make = (place: Pick<Slot, 'name' | 'isSpare'>, edition: Edition) => Worker;

/** The spares of a crew, by their numbers. A spare that ends is started again by its own rules. */
export class Spares {
  readonly #count: number;
  readonly #make: Make;
  readonly #spares = new Map<number, Worker>();

  constructor(count: number, make: Make) {
    this.#count = count;
    this.#make = make;
  }

  /** In the order of their numbers. */
  get list(): readonly Worker[] {
    return [...this.#spares].toSorted(([one], [other]) => one - other).map(([, spare]) => spare);
  }

  /** Starts as many as there should be. */
  boot(edition: Edition): void {
    while (this.#spares.size < this.#count) {
      const number = lowestFree([...this.#spares.keys()]);
      const spare = this.#make({ name: `spare-${number}`, isSpare: true }, edition);
      this.#spares.set(number, spare);
      spare.start();
    }
  }

  /** Gives one away that is ready and of that generation; undefined when there is none. */
  take(generation: number): Worker | undefined {
    for (const [number, spare] of this.#spares) {
      if (spare.state !== 'RUNNING' || spare.generation !== generation) continue;
      if (spare.status().isSuspended) continue;
      this.#spares.delete(number);
      return spare;
    }
    return undefined;
  }

  /** Gives all away. */
  clear(): readonly Worker[] {
    const { list } = this;
    this.#spares.clear();
    return list;
  }
}
