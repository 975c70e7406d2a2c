/** A connection while it is borrowed for more than a transaction, and made as new afterwards. */

import * as errors from '../errors/index.js';
import type { Observer } from './event.js';
import type {
  InnerOptions,
  QueryOptions,
  Result,
  Session,
  SessionOptions,
  Transaction,
} from './queryable.js';
import { retrying } from './retry.js';
import { attempt } from './transaction.js';
import type { Wire } from './wire.js';

export interface RunOptions extends SessionOptions {
  /** How long statements of our own may take, in milliseconds. */
  readonly guardMs: number | undefined;
  readonly tell: Observer;
}

/**
 * What DISCARD ALL does, less the prepared statements, which pg counts on; and the end of a transaction
 * that was left open.
 *
 * Source: https://www.postgresql.org/docs/current/sql-discard.html
 */
const RESET = `rollback; close all; set session authorization default; reset all; unlisten *;
  select pg_advisory_unlock_all(); discard temp; discard sequences`;

/** Runs `work` with a session on `wire`, which is reset whatever comes of it. */
export async function run<T>(
  wire: Wire,
  work: (session: Session) => Promise<T>,
  options: RunOptions,
): Promise<T> {
  const { signal, guardMs } = options;
  const session = new RunningSession(wire, options);
  await wire.run({ text: characteristics(options), signals: [signal], guardMs });
  try {
    return await work(session);
  } finally {
    session.end();
    // What cannot be reset is not used again.
    if (!wire.isUnfit) await wire.run({ text: RESET, guardMs }).catch(() => wire.condemn());
  }
}

function characteristics({ isolation = 'REPEATABLE READ', readOnly = false }: RunOptions): string {
  const access = readOnly ? 'only' : 'write';
  return `set session characteristics as transaction isolation level ${isolation} read ${access}`;
}

class RunningSession implements Session {
  readonly #wire: Wire;
  readonly #options: RunOptions;
  #hasEnded = false;

  constructor(wire: Wire, options: RunOptions) {
    this.#wire = wire;
    this.#options = options;
  }

  async query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    { signal, name }: QueryOptions = {},
  ): Promise<Result<Row>> {
    this.#assertOpen();
    const signals = [signal, this.#options.signal];
    return await this.#wire.run<Row>({ text, values, name, signals });
  }

  async transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options: InnerOptions = {},
  ): Promise<T> {
    const { tell } = this.#options;
    const signal = options.signal ?? this.#options.signal;
    const { value, finish } = await retrying({ ...options, signal, tell }, () => {
      this.#assertOpen();
      return attempt(this.#wire, work, { ...this.#options, ...options, signal });
    });
    await finish();
    return value;
  }

  end(): void {
    this.#hasEnded = true;
  }

  #assertOpen(): void {
    if (this.#hasEnded) throw new errors.RodentError('The session is over.');
  }
}
