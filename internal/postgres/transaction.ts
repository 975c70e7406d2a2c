/** One try of a unit of work, from BEGIN to COMMIT or ROLLBACK. */

import * as errors from '../errors/index.js';
import { isUnavailable, sqlStateOf } from './errors.js';
import type { HookKind, Observer } from './event.js';
import { Hooks } from './hooks.js';
import type {
  QueryOptions,
  Result,
  SessionOptions,
  Transaction,
  TransactionHook,
} from './queryable.js';
import type { Wire } from './wire.js';

/** What the server says of every statement after one that failed. */
const IN_FAILED_TRANSACTION = '25P02';

export interface AttemptOptions extends Pick<SessionOptions, 'signal' | 'readOnly' | 'isolation'> {
  /** How long BEGIN and the like may take, in milliseconds. */
  readonly guardMs: number | undefined;
  readonly tell: Observer;
}

/** What a try that was committed leaves to do when its connection is back. */
export interface Committed<T> {
  readonly value: T;
  readonly finish: () => Promise<void>;
}

/**
 * Runs `work` in a transaction on `wire`.
 *
 * @throws what the work, a hook or the server throws; then nothing was done, except where the connection
 *   was lost during COMMIT: nobody knows.
 */
export async function attempt<T>(
  wire: Wire,
  work: (tx: Transaction) => Promise<T>,
  options: AttemptOptions,
): Promise<Committed<T>> {
  const { signal, guardMs } = options;
  await wire.run({ text: begin(options), signals: [signal], guardMs });
  const tx = new RunningTransaction(wire, options);
  try {
    const value = await work(tx);
    await tx.hooks.run('beforeCommit');
    signal?.throwIfAborted();
    await commit(wire, tx, guardMs);
    return { value, finish: () => tx.hooks.runAll('afterCommit') };
  } catch (error) {
    await rollback(wire, tx, guardMs);
    throw error;
  } finally {
    tx.end();
  }
}

function begin({ isolation = 'REPEATABLE READ', readOnly = false }: AttemptOptions): string {
  return `begin isolation level ${isolation} read ${readOnly ? 'only' : 'write'}`;
}

/** A signal has no say any more: half a commit is worse than one too many. */
async function commit(wire: Wire, tx: RunningTransaction, guardMs?: number): Promise<void> {
  tx.end();
  try {
    const { command } = await wire.run({ text: 'commit', guardMs });
    if (command === 'COMMIT') return;
  } catch (error) {
    tx.isUncertain = isUnavailable(error);
    tx.isOver = true;
    throw tx.isUncertain ? uncertain(error) : error;
  }
  // The server undoes what had a failed statement in it, and calls that a success.
  tx.isOver = true;
  throw errors.from(tx.failure ?? new errors.RodentError('The transaction had failed already.'));
}

function uncertain(cause: unknown): errors.RodentError {
  return new errors.RodentError(
    'Lost the connection to the database during a commit: it may have been carried out, or not.',
    { code: 'DATABASE_UNAVAILABLE', contextData: { isCommitUncertain: true }, cause },
  );
}

async function rollback(wire: Wire, tx: RunningTransaction, guardMs?: number): Promise<void> {
  if (tx.isUncertain) return;
  tx.end();
  await tx.hooks.runAll('beforeRollback');
  if (!tx.isOver && !wire.isBroken) {
    // Where it fails the server undoes it when the connection ends.
    await wire.run({ text: 'rollback', guardMs }).catch(() => wire.condemn());
  }
  await tx.hooks.runAll('afterRollback');
}

class RunningTransaction implements Transaction {
  readonly hooks: Hooks;
  /** The server has ended it. */
  isOver = false;
  /** Nobody knows whether it was committed. */
  isUncertain = false;
  /** The last statement's failure that was none in consequence of another. */
  failure: unknown;
  readonly #wire: Wire;
  readonly #signal: AbortSignal | undefined;
  #hasEnded = false;

  constructor(wire: Wire, { signal, tell }: AttemptOptions) {
    this.#wire = wire;
    this.#signal = signal;
    this.hooks = new Hooks(tell);
  }

  async query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    { signal, name }: QueryOptions = {},
  ): Promise<Result<Row>> {
    if (this.#hasEnded) throw new errors.RodentError('The transaction is over.');
    try {
      return await this.#wire.run<Row>({ text, values, name, signals: [signal, this.#signal] });
    } catch (error) {
      const state = sqlStateOf(error);
      if (state !== undefined && state !== IN_FAILED_TRANSACTION) this.failure = error;
      throw error;
    }
  }

  beforeCommit(hook: TransactionHook): void {
    this.#add('beforeCommit', hook);
  }

  afterCommit(hook: TransactionHook): void {
    this.#add('afterCommit', hook);
  }

  beforeRollback(hook: TransactionHook): void {
    this.#add('beforeRollback', hook);
  }

  afterRollback(hook: TransactionHook): void {
    this.#add('afterRollback', hook);
  }

  /** Takes no more statements. */
  end(): void {
    this.#hasEnded = true;
  }

  #add(kind: HookKind, hook: TransactionHook): void {
    if (this.#hasEnded) throw new errors.RodentError('The transaction is over.');
    this.hooks.add(kind, hook);
  }
}
