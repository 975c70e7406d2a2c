/** Keeps the processes of one supervisor registered, beat by beat, whatever the database does. */

import { randomUUID } from 'node:crypto';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import * as postgres from '../postgres/index.js';
import { beat, reap } from './beat.js';
import type { Answer, Roster, Token } from './beat.js';
import { Fence } from './fence.js';
import type { RollEvent } from './roll-event.js';
import type { Roll, RollOptions, RollStatus } from './roll-options.js';

/** Beats that follow one another are at least so far apart. */
const LEAST_MS = 100;
/** The first pause after a failed beat; doubled with each, up to the time between two beats. */
const RETRY_MS = 250;
/** How long one beat may take: least and most. */
const LIMITS_MS = [1000, 15_000] as const;
/** How long the end may take, twice: the beat under way, and the last. */
const CLOSE_MS = 2000;

/**
 * Opens a roll and begins to beat. Its timer keeps no process alive.
 *
 * @example
 * const roll = registry.openRoll({ database, host, version, beatMs: 10_000, lostAfterMs: 60_000,
 *   members: () => [self, ...children()], onFenced: (id) => stop(id) });
 */
export function openRoll(options: RollOptions): Roll {
  return new BeatingRoll(options);
}

class BeatingRoll implements Roll {
  readonly #options: RollOptions;
  readonly #roster: Roster;
  readonly #fence: Fence;
  #known: ReadonlySet<string> = new Set();
  #token: Token | undefined;
  /** On the monotonic clock, as all that is measured. */
  #lastBeatMs = Number.NEGATIVE_INFINITY;
  #startedMs = Number.NEGATIVE_INFINITY;
  #dueMs = Number.POSITIVE_INFINITY;
  #reapMs: number;
  #failure: { readonly error: Error; readonly sinceMs: number } | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isBeating = false;
  #abort = new AbortController();
  #isAskedAgain = false;
  #closing: Promise<void> | undefined;

  constructor(options: RollOptions) {
    this.#options = options;
    const { database, host, version, lostAfterMs } = options;
    this.#roster = { database, host, version, lostAfterMs, ownerId: randomUUID() };
    this.#fence = new Fence((id, why) => {
      this.#tell({ type: 'MEMBER_FENCED', id, why });
      this.#guard(() => options.onFenced(id, why));
    });
    this.#reapMs = clock.monotonicMs() + (lostAfterMs / 4) * Math.random();
    this.#schedule(0);
  }

  beatSoon(): void {
    if (this.#isBeating) {
      this.#isAskedAgain = true;
      return;
    }
    const dueMs = Math.max(clock.monotonicMs(), this.#startedMs + LEAST_MS);
    if (dueMs < this.#dueMs) this.#schedule(dueMs);
  }

  status(): RollStatus {
    const { lostAfterMs } = this.#options;
    const isCurrent = clock.monotonicMs() - this.#lastBeatMs < lostAfterMs;
    return {
      ...(this.#token === undefined ? {} : { lastBeatAt: clock.utc(new Date(this.#token.at)) }),
      ...(this.#failure === undefined ? {} : { error: errors.describe(this.#failure.error) }),
      isCurrent,
    };
  }

  close({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(keep);
    return this.#closing;
  }

  #schedule(dueMs: number): void {
    if (this.#closing !== undefined) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    const run = (): void => {
      this.#running = this.#round();
    };
    this.#timer = setTimeout(run, Math.max(0, dueMs - clock.monotonicMs())).unref();
  }

  /** One beat, and the sweep when it is due; never rejects. */
  async #round(): Promise<void> {
    this.#isBeating = true;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#startedMs = clock.monotonicMs();
    this.#isAskedAgain = false;
    try {
      await this.#within(limitOf(this.#options), async (signal) => {
        await this.#beat(signal);
        if (clock.monotonicMs() >= this.#reapMs) await this.#reap(signal);
      });
      this.#succeed();
    } catch (error) {
      this.#fail(errors.from(postgres.schemaFault(error)));
    }
    this.#isBeating = false;
    this.#schedule(this.#nextMs());
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const named = this.#options.members();
    const members = named.filter(({ id }) => !this.#fence.isRemoved(id));
    const answer = await beat(
      this.#roster,
      { members, known: this.#known, last: this.#token },
      signal,
    );
    this.#token = answer.token;
    this.#lastBeatMs = clock.monotonicMs();
    this.#known = knownOf(answer);
    if (this.#closing !== undefined) return;
    this.#fence.judge(
      answer.verdicts,
      named.map(({ id }) => id),
    );
  }

  /** Every host sweeps now and then, at times of its own; one sweep at a time is enough for all. */
  async #reap(signal: AbortSignal): Promise<void> {
    const ids = await reap(this.#roster, signal);
    this.#reapMs = clock.monotonicMs() + (this.#options.lostAfterMs / 4) * (0.5 + Math.random());
    if (ids.length > 0) this.#tell({ type: 'PROCESSES_LOST', ids });
  }

  #succeed(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    this.#failures = 0;
    if (failure === undefined) return;
    this.#tell({ type: 'BEAT_RESUMED', afterMs: clock.monotonicMs() - failure.sinceMs });
  }

  #fail(error: Error): void {
    const isFirst = this.#failure === undefined;
    this.#failures += 1;
    this.#failure = { error, sinceMs: this.#failure?.sinceMs ?? clock.monotonicMs() };
    if (isFirst && this.#closing === undefined) this.#tell({ type: 'BEAT_FAILED', error });
  }

  /** A little early or late, so that hosts which started together do not beat together for ever. */
  #nextMs(): number {
    const { beatMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#isAskedAgain) return Math.max(nowMs, this.#startedMs + LEAST_MS);
    const jitter = 0.9 + Math.random() / 10;
    const retryMs = Math.min(beatMs, RETRY_MS * 2 ** Math.min(this.#failures - 1, 16));
    if (this.#failure !== undefined) return nowMs + retryMs * jitter;
    return Math.max(nowMs + Math.min(LEAST_MS, beatMs / 2), this.#startedMs + beatMs * jitter);
  }

  async #close(keep: boolean): Promise<void> {
    clearTimeout(this.#timer);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#abort.abort(tooLate());
    }, CLOSE_MS);
    await this.#running;
    clearTimeout(timer);
    if (keep) return;
    const goodbye = { members: [], known: new Set<string>(), last: this.#token };
    try {
      if (isLate) throw tooLate();
      await this.#within(CLOSE_MS, (signal) => beat(this.#roster, goodbye, signal));
    } catch (error) {
      this.#tell({ type: 'LEAVE_FAILED', error: errors.from(postgres.schemaFault(error)) });
    }
  }

  async #within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#abort = new AbortController();
    const timer = setTimeout(() => this.#abort.abort(tooLate()), limitMs);
    try {
      return await work(this.#abort.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(event: RollEvent): void {
    try {
      this.#options.observe?.(event);
    } catch {
      // An observer that fails cannot be told so.
    }
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#tell({ type: 'CALLBACK_FAILED', error: errors.from(error) });
    }
  }
}

function limitOf({ lostAfterMs }: RollOptions): number {
  const [least, most] = LIMITS_MS;
  return Math.min(most, Math.max(least, lostAfterMs / 2));
}

function knownOf({ verdicts }: Answer): ReadonlySet<string> {
  return new Set([...verdicts].filter(([, verdict]) => verdict !== 'removed').map(([id]) => id));
}

function tooLate(): errors.RodentError {
  return new errors.RodentError('The database did not answer to a beat in time.', {
    code: 'DATABASE_UNAVAILABLE',
  });
}
