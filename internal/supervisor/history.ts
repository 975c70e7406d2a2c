/** What is remembered of a place from one worker in it to the next. */

import type { BackoffOptions } from './backoff.js';
import { FailureCounter } from './backoff.js';

/** How the last process of a place ended. */
export interface End {
  readonly at: string;
  readonly reason: string;
}

/** The processes that a place has had. */
export class History {
  readonly failures: FailureCounter;
  starts = 0;
  lastEnd: End | undefined;

  constructor(options: BackoffOptions = {}) {
    this.failures = new FailureCounter(options);
  }

  /** How often a process was started anew. */
  get restarts(): number {
    return Math.max(0, this.starts - 1);
  }
}
