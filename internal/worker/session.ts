/** A worker's life in the database: registered, beating by a clock of its own, back after every outage. */

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as postgres from '../postgres/index.js';
import { retryDelayMs } from './backoff.js';
import { addressOf, openDatabase } from './database.js';
import type { Config } from './dictionary.js';
import { environment } from './environment.js';
import type { Logger } from './logging.js';
import * as registration from './registration.js';
import type { Settings } from './settings.js';

/** How long one question may take: connecting, and an answer. */
const ASK_MS = 12_000;
/** How long the farewell may take; a database that is away gets none. */
const LEAVE_MS = 2000;

/** What a session is made of. */
export interface SessionOptions {
  readonly config: Config;
  readonly settings: Settings;
  readonly log: Logger;
  /** A connection of the caller's, which the session closes; default: the session opens its own two. */
  readonly connection?: postgres.Database | undefined;
  /** Told once when the process has to end: the database says so, or another runs the worker. */
  readonly onFenced: (reason: errors.RodentError) => void;
  /** Told when the database answers again. */
  readonly onBack: () => void;
}

/** A database, the connection that only beats, and the address that both came from. */
interface Opened {
  readonly work: postgres.Database;
  readonly beats: postgres.Database;
  readonly place: string | undefined;
}

/**
 * The registration of this process. The database may go away at any time: the session says so once,
 * tries again with growing pauses, registers anew when its row has been reaped meanwhile, and never ends
 * the worker for it. It ends the worker when the row is gone although the database was there, when the
 * row asks for it, when the worker was scaled away, or when another process has taken it over.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #ctx = context.withCancel(context.background());
  #opened: Opened;
  #keeping: Promise<void> = Promise.resolve();
  #failures = 0;
  #hasSaid: string | undefined;
  /** When the database last answered, on both clocks: one stands still while the machine sleeps. */
  #answered: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  #isFenced = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#opened = open(options);
  }

  /** What the worker function is given; another after the database has moved. */
  get database(): postgres.Database {
    return this.#opened.work;
  }

  /**
   * Registers the process and begins to beat. A database that is away is no failure.
   *
   * @throws RodentError what no later attempt would mend: SCHEMA_MISMATCH, DATABASE_REFUSED,
   *   ALREADY_RUNNING and the like.
   */
  async start(ctx: context.Context): Promise<void> {
    await this.#attempt(ctx, isLasting);
    this.#keeping = this.#keep();
  }

  /** Ends the beats, takes the row out where that is quickly done, closes the connections. Never throws. */
  async close(): Promise<void> {
    this.#ctx.cancel();
    await this.#keeping;
    const { config, log } = this.#options;
    const { work, beats } = this.#opened;
    try {
      using limit = context.withTimeout(context.background(), LEAVE_MS);
      const isThere = this.#answered !== undefined && this.#failures === 0;
      if (isThere) await registration.leave(config, beats, { signal: limit.signal });
    } catch (error) {
      log.warn(`Left without a word to the database: ${errors.describe(error)}`);
    }
    await Promise.all([close(work), close(beats)]);
  }

  async #keep(): Promise<void> {
    const { heartbeatMs } = this.#options.settings;
    while (!this.#isFenced) {
      const waitMs = this.#failures === 0 ? heartbeatMs : retryDelayMs(this.#failures);
      try {
        await context.sleep(this.#ctx, Math.min(waitMs, Math.max(heartbeatMs, 1000)));
      } catch {
        return;
      }
      await this.#attempt(this.#ctx, () => false);
    }
  }

  /** One beat, or registration; passes on only what `isFatal` says. */
  async #attempt(parent: context.Context, isFatal: (error: unknown) => boolean): Promise<void> {
    using ctx = context.withTimeout(parent, ASK_MS);
    try {
      await this.#ask({ signal: ctx.signal });
      this.#succeed();
    } catch (error) {
      if (parent.err !== undefined) return;
      if (isFatal(error)) throw error;
      this.#fail(errors.from(error));
    }
  }

  async #ask(asking: registration.Asking): Promise<void> {
    const { config, settings } = this.#options;
    const { beats } = this.#opened;
    // A supervised worker runs because the database knows it; one that it knew is not brought back.
    if (this.#answered === undefined) await this.#register(asking, !settings.isSupervised);
    let isWanted = await registration.beat(config, beats, asking);
    if (!isWanted && this.#wasLost()) {
      await this.#register(asking, false);
      isWanted = await registration.beat(config, beats, asking);
    }
    if (!isWanted) this.#fence(new lifecycle.StopError({ kind: 'request', by: 'the database' }));
  }

  async #register(asking: registration.Asking, mayCreate: boolean): Promise<void> {
    const { config, settings } = this.#options;
    const { lostAfterMs } = settings;
    try {
      await registration.register(config, this.#opened.beats, {
        ...asking,
        lostAfterMs,
        mayCreate,
      });
    } catch (error) {
      // It was scaled away: the beat that follows finds no row.
      if (!errors.hasCode(error, 'NOT_FOUND')) throw error;
    }
  }

  /** Whether others may have reaped the row because they did not hear from us. */
  #wasLost(): boolean {
    if (this.#answered === undefined) return false;
    const { monotonicMs, wallMs } = this.#answered;
    const silentMs = Math.max(clock.monotonicMs() - monotonicMs, Date.now() - wallMs);
    // Half, since they judge by another clock, and by beats that we hold for later than they do.
    return silentMs >= this.#options.settings.lostAfterMs / 2;
  }

  #succeed(): void {
    this.#answered = { monotonicMs: clock.monotonicMs(), wallMs: Date.now() };
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#hasSaid = undefined;
    this.#options.log.info('The database answers again.');
    this.#options.onBack();
  }

  #fail(error: Error): void {
    this.#failures += 1;
    if (errors.hasCode(error, 'ALREADY_RUNNING')) {
      this.#fence(errors.isRodentError(error) ? error : new errors.RodentError(error.message));
      return;
    }
    const text = errors.describe(error);
    if (this.#hasSaid !== text) {
      this.#options.log.warn(
        `${text.replace(/\.?$/, '.')} The worker goes on without the database.`,
      );
    }
    this.#hasSaid = text;
    this.#follow();
  }

  #fence(reason: errors.RodentError): void {
    if (this.#isFenced) return;
    this.#isFenced = true;
    this.#options.onFenced(reason);
  }

  /** An embedded database that was started anew may be somewhere else now. */
  #follow(): void {
    if (this.#opened.place === undefined) return;
    const before = this.#opened;
    if (placeOf(this.#options.config) === before.place) return;
    this.#opened = open(this.#options);
    void close(before.work);
    void close(before.beats);
  }
}

function open({ config, connection }: SessionOptions): Opened {
  if (connection !== undefined) return { work: connection, beats: connection, place: undefined };
  // A connection of its own: work that has borrowed all of the others must not stop the heart.
  const [work, beats] = [openDatabase(config), openDatabase(config, 1)];
  return { work, beats, place: placeOf(config) };
}

function placeOf(config: Config): string {
  return JSON.stringify(addressOf(config, environment()));
}

async function close(database: postgres.Database): Promise<void> {
  try {
    await database.close();
  } catch {
    // The connection is gone in any case; what led here has been said.
  }
}

/** Codes of errors that come again however often one asks. */
const LASTING: ReadonlySet<string> = new Set([
  'SCHEMA_MISMATCH',
  'DATABASE_REFUSED',
  'ALREADY_RUNNING',
  'CONFIG_INVALID',
  'FILE',
]);

/** SQLSTATE classes of statements that the server understood, and refuses. */
const REFUSALS: ReadonlySet<string> = new Set(['22', '23', '28', '3D', '3F', '42', 'P0']);

function isLasting(error: unknown): boolean {
  if (errors.isRodentError(error)) return LASTING.has(error.code);
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    typeof code === 'string' && !postgres.isUnavailable(error) && REFUSALS.has(code.slice(0, 2))
  );
}
