/** Steps of something that takes its time, told to whoever asked while it goes on. */

import type { Tell } from './work.js';

/** One step, as the control socket sends it. */
export interface Step {
  readonly text: string;
}

/** Runs `work` and yields each step that it tells; returns what it returns, throws what it throws. */
export async function* steps<T>(work: (tell: Tell) => Promise<T>): AsyncGenerator<Step, T> {
  const told: Step[] = [];
  let wake: (() => void) | undefined;
  let isOver = false;
  const result = work((text) => {
    told.push({ text });
    wake?.();
  }).finally(() => {
    isOver = true;
    wake?.();
  });
  // Whoever reads the steps comes to the result, and to its error, at the end.
  result.catch(() => undefined);
  while (!isOver || told.length > 0) {
    const step = told.shift();
    if (step !== undefined) yield step;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
  return result;
}

/** Passes steps on to everybody who listens at the time. */
export class Broadcast {
  readonly #listeners = new Set<Tell>();

  readonly tell: Tell = (text) => {
    for (const listener of this.#listeners) listener(text);
  };

  /** Calls `work` while `listener` hears the steps. */
  async during<T>(listener: Tell, work: () => Promise<T>): Promise<T> {
    this.#listeners.add(listener);
    try {
      return await work();
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
