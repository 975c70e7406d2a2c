/** Telling the observer, and the observer of a program that has none. */

import fs from 'node:fs';

import type { LifecycleEvent, Observer } from './event.js';
import { describeEvent, isFailure } from './event.js';

/** Tells one event; never throws. */
export type Tell = (event: LifecycleEvent) => void;

/** Returns what tells `observe` (which may be nobody) every event, and keeps its failures away. */
export function createTell(observe: Observer | undefined): Tell {
  return (event) => {
    try {
      const result = observe?.(event);
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // There is nobody left to tell of an observer that fails.
    }
  };
}

/**
 * Returns an observer that writes what goes wrong, and nothing else, to stderr: `name: sentence`. It
 * is what `run` uses when it is given none.
 */
export function failureWriter(name: string): Observer {
  return (event) => {
    if (isFailure(event)) write(`${name}: ${describeEvent(event)}\n`);
  };
}

/** Written at once and without a stream: the process may end next, and its terminal may be gone. */
function write(text: string): void {
  try {
    fs.writeSync(2, text);
  } catch {
    // Without stderr there is nowhere to say so.
  }
}
