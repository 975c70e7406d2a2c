/** How long an event loop has been silent, counted by looking at it now and then. */

/** What one look sees. */
export interface Look {
  /** Monotonic clock. */
  readonly nowMs: number;
  /** A counter that the event loop moves. */
  readonly beats: number;
  /** A debugger may hold the event loop: nothing is made of its silence. */
  readonly isDebugged: boolean;
  /** The process that keeps this one has gone. */
  readonly isOrphan: boolean;
}

export interface StallLimits {
  /** How often it is looked at, in milliseconds. */
  readonly lookMs: number;
  /** Silence that counts as stuck. */
  readonly stuckMs: number;
  /** How long a stuck orphan is left alone. */
  readonly orphanMs: number;
}

/** What a look found out; most find nothing. */
export type Finding = 'stuck' | 'debugged' | 'unstuck' | 'lost' | undefined;

/**
 * Counts the silence in looks, each worth at most two intervals. So time in which the counting side was
 * suspended itself, or got no processor, is nobody's silence.
 */
export class Stall {
  readonly #limits: StallLimits;
  #lastMs: number;
  #beats = 0;
  #silentMs = 0;
  #orphanedMs = 0;
  #isTold = false;

  constructor(limits: StallLimits, nowMs: number) {
    this.#limits = limits;
    this.#lastMs = nowMs;
  }

  /** How long it has been silent by now, in milliseconds. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /** Says `stuck` or `debugged` once for each stall, `unstuck` after it, and `lost` for a stuck orphan. */
  look(seen: Look): Finding {
    const passedMs = Math.min(seen.nowMs - this.#lastMs, 2 * this.#limits.lookMs);
    this.#lastMs = seen.nowMs;
    if (seen.beats !== this.#beats) return this.#move(seen.beats);
    this.#silentMs += passedMs;
    if (seen.isOrphan) this.#orphanedMs += passedMs;
    if (this.#silentMs < this.#limits.stuckMs) return undefined;
    if (this.#isTold) return this.#isLost(seen) ? 'lost' : undefined;
    this.#isTold = true;
    return seen.isDebugged ? 'debugged' : 'stuck';
  }

  #move(beats: number): Finding {
    const wasTold = this.#isTold;
    this.#beats = beats;
    this.#silentMs = 0;
    this.#orphanedMs = 0;
    this.#isTold = false;
    return wasTold ? 'unstuck' : undefined;
  }

  #isLost({ isDebugged, isOrphan }: Look): boolean {
    return isOrphan && !isDebugged && this.#orphanedMs >= this.#limits.orphanMs;
  }
}
