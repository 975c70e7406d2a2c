/** Trying a unit of work again that conflicted with another. */

import { setTimeout as sleep } from 'node:timers/promises';

import { isRetryable } from './errors.js';
import type { Observer } from './event.js';

const ATTEMPTS = 5;

export interface RetryOptions {
  /** How often in all, at least once; default 5. */
  readonly attempts?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  readonly tell: Observer;
  /** Whether to try again at once after an error that is no conflict; default never. */
  readonly isElsewhereBetter?: (error: unknown) => boolean;
}

/**
 * Returns what `attempt` comes to; after a conflict it is called again, after a wait of a random part of
 * 2, 4, 8, … seconds. It must hold nothing while it is not running.
 *
 * @throws what the last attempt threw; the signal's reason.
 * Source: R-INP-119, W-INP-40.
 */
export async function retrying<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { attempts = ATTEMPTS, signal, tell, isElsewhereBetter } = options;
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isConflict = isRetryable(error);
      const isWorthIt = isConflict || isElsewhereBetter?.(error) === true;
      if (!isWorthIt || number >= attempts || signal?.aborted === true) throw error;
      const waitMs = isConflict ? Math.random() * 1000 * 2 ** number : 0;
      tell({ type: 'TRANSACTION_RETRIED', attempt: number, waitMs, error });
      await pause(waitMs, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Not Node's AbortError: the caller's own reason.
    signal?.throwIfAborted();
    throw error;
  }
}
