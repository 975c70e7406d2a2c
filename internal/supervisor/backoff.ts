/** When a process that failed is started again: a ladder of delays, and a counter that forgets. */

/** The numbers behind restarts. Times in milliseconds. */
export interface BackoffOptions {
  /** The first delay; default 100. */
  readonly firstMs?: number;
  /** The last and longest delay; default 30 s. */
  readonly lastMs?: number;
  /** In how many steps, each longer by the same factor, the first becomes the last; default 6. */
  readonly steps?: number;
  /** After this long a failure counts half; default 30 s. */
  readonly halfLifeMs?: number;
  /** How many failures may count together before a restart has to wait; default 5. */
  readonly threshold?: number;
  /** Draws the jitter, from 0 to below 1; default Math.random. */
  readonly random?: () => number;
}

/**
 * Returns the delay before the retry of that number, counted from 0: the ladder's step, made longer by
 * up to a half so that workers that failed together do not return together.
 *
 * Source: systemd.service, RestartSteps; suture's jitter.
 */
export function delayMs(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 100, lastMs = 30_000, steps = 6, random = Math.random } = options;
  const share = Math.min(attempt / Math.max(1, steps), 1);
  const step = firstMs * (lastMs / firstMs) ** share;
  return step * (1 + random() / 2);
}

/**
 * Counts failures, each for less the longer ago it is. Instants are of the monotonic clock.
 *
 * Source: suture v4, handleFailedService.
 */
export class FailureCounter {
  readonly halfLifeMs: number;
  readonly #threshold: number;
  #count = 0;
  #atMs = 0;

  constructor(options: BackoffOptions = {}) {
    this.halfLifeMs = options.halfLifeMs ?? 30_000;
    this.#threshold = options.threshold ?? 5;
  }

  /** How much the failures count at `nowMs`. */
  countAt(nowMs: number): number {
    return this.#count * 0.5 ** ((nowMs - this.#atMs) / this.halfLifeMs);
  }

  /** Counts one more. */
  note(nowMs: number): void {
    this.#count = this.countAt(nowMs) + 1;
    this.#atMs = nowMs;
  }

  /** Whether there were too many for a restart at once. */
  isOver(nowMs: number): boolean {
    return this.countAt(nowMs) > this.#threshold;
  }

  /** Forgets all. */
  reset(): void {
    this.#count = 0;
  }
}
