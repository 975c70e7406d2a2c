/** Whether and when a worker whose process ended by itself is started again. */

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import { delayMs } from './backoff.js';
import type { History } from './history.js';
import type { Place } from './place.js';
import { startTimer } from './timer.js';

/** The restart has to wait. */
export interface Delay {
  readonly kind: 'wait';
  readonly delayMs: number;
  /** Counted from 1. */
  readonly attempt: number;
}

/** What follows an end. */
export type Next = { readonly kind: 'never' } | { readonly kind: 'now' } | Delay;

/** A process that had settled, and how it ended. */
export interface Ended {
  readonly exit: child.Exit;
  readonly ageMs: number;
  /** Its worker ended it: it hung, say. */
  readonly isDoomed: boolean;
}

/** When the next start is due, and what calls it off. */
export interface Retry {
  readonly at: string;
  cancel(): void;
}

/** An end that was no failure counts all the same when the process lived for less: it might be a loop. */
const SHORT_LIFE_MS = 1000;

/** Calls `begin` after the delay. */
export function startRetry(delayMs: number, begin: () => void): Retry {
  const cancel = startTimer(delayMs, begin);
  return { at: clock.utc(new Date(Date.now() + delayMs)), cancel };
}

/** The counts of one worker; what outlives it is in its place's history. */
export class Restarts {
  /** Starts that failed in a row. */
  #failedStarts = 0;
  /** Ends for which the restart had to wait, until one had lived long. */
  #delays = 0;
  #isUsed = false;

  /** The process has settled: its start was none that failed. */
  settle(): void {
    this.#failedStarts = 0;
  }

  /** Somebody asks for a start: forgets all, and from the second time on the history's failures too. */
  begin(history: History): void {
    this.#failedStarts = 0;
    this.#delays = 0;
    if (this.#isUsed) history.failures.reset();
    this.#isUsed = true;
  }

  /** After a process that ended before it had settled, or never began. */
  afterFailedStart({ settings, history }: Place): Next {
    const { startRetries, backoff } = settings;
    history.failures.note(clock.monotonicMs());
    this.#failedStarts += 1;
    const attempt = this.#failedStarts;
    if (attempt > startRetries) return { kind: 'never' };
    return { kind: 'wait', delayMs: delayMs(attempt - 1, backoff), attempt };
  }

  /** After the end of a process that had settled. */
  afterEnd({ settings, history }: Place, ended: Ended): Next {
    const isExpected = !ended.isDoomed && isOneOf(settings.exitCodes, ended.exit);
    if (settings.autorestart === 'never') return { kind: 'never' };
    if (settings.autorestart === 'unexpected' && isExpected) return { kind: 'never' };
    const { failures } = history;
    const nowMs = clock.monotonicMs();
    if (!isExpected || ended.ageMs < SHORT_LIFE_MS) failures.note(nowMs);
    // Once delayed always delayed until it lives long, or the ladder's own pauses would end the delays.
    if (ended.ageMs >= failures.halfLifeMs) this.#delays = 0;
    if (this.#delays === 0 && !failures.isOver(nowMs)) return { kind: 'now' };
    this.#delays += 1;
    const attempt = this.#delays;
    return { kind: 'wait', delayMs: delayMs(attempt - 1, settings.backoff), attempt };
  }
}

function isOneOf(codes: readonly number[], exit: child.Exit): boolean {
  return exit.code !== null && exit.signal === null && codes.includes(exit.code);
}
