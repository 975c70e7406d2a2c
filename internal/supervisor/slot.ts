/** The places of a crew, and who says how they are filled. */

import * as errors from '../errors/index.js';
import type { Observer } from './event.js';
import type { WorkerOptions } from './options.js';

/** The place for which a worker is made. */
export interface Slot {
  /** `http-1`; `spare-1` for a spare. */
  readonly name: string;
  readonly generation: number;
  /** Booted, but serving only after `activate`. */
  readonly isSpare: boolean;
}

/** Says how the worker of a slot is kept; name, generation and isSpare are then the slot's own. */
export type Maker = (slot: Slot) => WorkerOptions;

/** What the workers of one reload are made by. */
export interface Edition {
  readonly maker: Maker;
  readonly generation: number;
}

/**
 * Returns how the worker of that name is kept; `observe` is told unless the maker names another. A
 * maker that throws makes a worker whose start fails with that error.
 */
export function optionsFor(
  { name, isSpare }: Pick<Slot, 'name' | 'isSpare'>,
  { maker, generation }: Edition,
  observe: Observer | undefined,
): WorkerOptions {
  const options = make(maker, { name, generation, isSpare });
  const observing = options.observe ?? observe;
  const full = { ...options, start: () => options.start(), name, generation, isSpare };
  return observing === undefined ? full : { ...full, observe: observing };
}

function make(maker: Maker, slot: Slot): WorkerOptions {
  try {
    return maker(slot);
  } catch (error) {
    const start = (): never => {
      throw errors.from(error);
    };
    return { name: slot.name, kind: 'http', readiness: 'told', start };
  }
}

/** The lowest number from 1 that is not among `taken`. */
export function lowestFree(taken: readonly number[]): number {
  let number = 1;
  while (taken.includes(number)) number += 1;
  return number;
}
