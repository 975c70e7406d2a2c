/** One connection, one statement at a time, each of which can be stopped without harm to the next. */

import type pg from 'pg';

import * as deferred from '../deferred/index.js';
import * as errors from '../errors/index.js';
import { onAbort } from './abort.js';
import { requestCancel } from './cancel.js';
import { destroy } from './client.js';
import { sqlStateOf, statementError } from './errors.js';
import type { Result } from './queryable.js';
import { within } from './within.js';

/** How long a cancelled statement may take to end, in milliseconds, before its connection is given up. */
const CANCEL_MS = 2000;

/** One statement. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  /** Prepared under this name once a connection. */
  readonly name?: string | undefined;
  /** Each of them stops it. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** After so many milliseconds without an answer the connection counts as dead; default: never. */
  readonly guardMs?: number | undefined;
}

type Settled<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown };

/** What ended the wait for a statement. */
type Ending<T> = Settled<T> | { readonly kind: 'aborted' | 'silent' };

/** See above. */
export class Wire {
  readonly client: pg.ClientBase;
  readonly #address: string;
  /** Settles when what was asked for last has ended; never rejects. */
  #tail: Promise<unknown> = Promise.resolve();
  readonly #cut = new AbortController();
  #isUnfit = false;
  #isBroken = false;

  constructor(client: pg.ClientBase, address: string) {
    this.client = client;
    this.#address = address;
  }

  /** Whether the connection is gone. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether nobody should use the connection after this one. */
  get isUnfit(): boolean {
    return this.#isUnfit || this.#isBroken;
  }

  /** Whoever uses the connection now may go on; it is not used again. */
  condemn(): void {
    this.#isUnfit = true;
  }

  /** Stops what runs, refuses what comes, and ends the connection. Resolves within seconds. */
  async cut(reason: unknown): Promise<void> {
    this.#cut.abort(reason);
    await this.#tail;
    this.#break();
  }

  /**
   * Runs `statement` when those before it have ended.
   *
   * @throws the reason of its signal; pg.DatabaseError as the server says it; RodentError
   *   DATABASE_UNAVAILABLE when the connection is lost.
   */
  run<Row extends object>(statement: Statement): Promise<Result<Row>> {
    const result = this.#tail.then(() => this.#send<Row>(statement));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #send<Row extends object>(statement: Statement): Promise<Result<Row>> {
    const signals = [this.#cut.signal, ...(statement.signals ?? [])];
    for (const signal of signals) signal?.throwIfAborted();
    if (this.#isBroken) throw this.#lost(undefined);
    const settled = settle<Result<Row>>(this.client.query(toConfig(statement)));
    const end = await ending(settled, { signals, guardMs: statement.guardMs });
    switch (end.kind) {
      case 'value':
        return end.value;
      case 'error':
        throw this.#judge(end.error);
      case 'silent':
        this.#break();
        throw this.#lost(new Error('Query read timeout'));
      case 'aborted': {
        await this.#cancel(settled);
        for (const signal of signals) signal?.throwIfAborted();
        throw this.#lost(undefined);
      }
    }
  }

  /** Resolves when the statement has ended and no request is under way, or the connection is gone. */
  async #cancel<T>(settled: Promise<Settled<T>>): Promise<void> {
    const limit = new AbortController();
    const requested = requestCancel(this.client, limit.signal);
    const isOver = await within(CANCEL_MS, Promise.all([settled, requested]));
    limit.abort();
    const wasRequested = isOver && (await settle(requested)).kind === 'value';
    if (!wasRequested) this.#break();
    // It ended before the request came. Behind a pooler the request may still be under way.
    else if (!isCancelled(await settled)) this.condemn();
  }

  #judge(error: unknown): unknown {
    const judged = statementError(this.#address, error);
    if (errors.hasCode(judged, 'DATABASE_UNAVAILABLE')) this.#isBroken = true;
    return judged;
  }

  #lost(cause: Error | undefined): unknown {
    return statementError(this.#address, cause ?? new Error('Connection terminated'));
  }

  #break(): void {
    this.#isBroken = true;
    destroy(this.client);
  }
}

interface Limits {
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly guardMs: number | undefined;
}

/** What has ended by itself is never cancelled: its place may be another's already. */
async function ending<T>(settled: Promise<Settled<T>>, limits: Limits): Promise<Ending<T>> {
  const { signals, guardMs } = limits;
  const early = deferred.create<Ending<T>>();
  const stop = (): void => early.resolve({ kind: 'aborted' });
  const onSilence = (): void => early.resolve({ kind: 'silent' });
  const timer = guardMs === undefined ? undefined : setTimeout(onSilence, guardMs);
  const forgets = signals.map((signal) => onAbort(signal, stop));
  try {
    return await Promise.race([settled, early.promise]);
  } finally {
    clearTimeout(timer);
    for (const forget of forgets) forget();
  }
}

function isCancelled(outcome: Settled<unknown>): boolean {
  return outcome.kind === 'error' && sqlStateOf(outcome.error) === '57014';
}

function toConfig({ text, values, name }: Statement): pg.QueryConfig {
  return {
    text,
    ...(values === undefined ? {} : { values: [...values] }),
    ...(name === undefined ? {} : { name }),
  };
}

async function settle<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { kind: 'value', value: await promise };
  } catch (error) {
    return { kind: 'error', error };
  }
}
