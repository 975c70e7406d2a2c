/** The life of a worker: lock, log, registration, the calls, and everything back in reverse. */

/* oxlint-disable max-params -- the manual's signatures */

import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as pidfile from '../pidfile/index.js';
import type * as postgres from '../postgres/index.js';
import type { Config } from './dictionary.js';
import type { Logger, WorkerLog } from './logging.js';
import { setupLogging } from './logging.js';
import { Waiting, loop } from './loop.js';
import { isParentAlive } from './processes.js';
import { Session } from './session.js';
import type { Settings } from './settings.js';
import { settingsOf } from './settings.js';
import { terminationSignal } from './termination.js';

/**
 * What a worker does, again and again: returning means that there is nothing to do now. `ctx` ends when
 * the worker is to end, for whatever reason; hand `ctx.signal` on to everything that waits.
 *
 * `db` may be away: what it is asked then fails with DATABASE_UNAVAILABLE, and the next call comes.
 */
export type WorkerFunction = (
  config: Config,
  log: Logger,
  db: postgres.Database,
  ctx: context.Context,
) => unknown;

/** How long (ms) a PID file may be held by somebody else. Source: R-UNI-14. */
const LOCK_MS = 1000;
/** Between two looks whether the parent is still there. */
const PARENT_MS = 500;

/** What a run is made of. */
export interface Job {
  readonly config: Config;
  readonly settings: Settings;
  readonly log: WorkerLog;
  readonly connection: postgres.Database | undefined;
  readonly workerFunction: WorkerFunction;
  readonly pidFile: string;
  /** Ends the run as well. */
  readonly parent: context.Context;
  /** Called when the worker runs: registered, or with its database away. */
  readonly onRunning?: () => unknown;
}

/**
 * Runs a worker until it is told to end: holds the PID file, registers the process, then calls
 * `workerFunction` again and again with a pause of a second; at the end leaves the database and lets the
 * PID file go. Without a connection it makes its own.
 *
 * It ends when a signal was taken by `signalHandler`, when the database takes the registration away, or,
 * in the foreground, when the parent has gone. A database that is away ends nothing, and neither does a
 * worker function that throws, see the key `max_failures`.
 *
 * @throws RodentError ALREADY_RUNNING when the PID file is held; what registering cannot get over
 *   (SCHEMA_MISMATCH, DATABASE_REFUSED); STOP_TIMEOUT when the worker function does not return in time.
 * Source: seed 001 section 3; R-UNI-13, R-UNI-14, R-UNI-73.
 */
export async function run(
  config: Config,
  connection: postgres.Database | undefined,
  workerFunction: WorkerFunction,
  pidFile: string,
): Promise<void> {
  const settings = settingsOf(config);
  const log = setupLogging(config);
  const parent = context.background();
  try {
    await perform({ config, settings, log, connection, workerFunction, pidFile, parent });
  } finally {
    log.close();
  }
}

/** Does a whole run; every failure is logged before it is thrown. */
export async function perform(job: Job): Promise<void> {
  try {
    const claim = await pidfile.claim(job.pidFile, { retryMs: LOCK_MS });
    let isOver = true;
    try {
      claim.publish();
      await live(job);
    } catch (error) {
      // The worker function still runs: the lock ends with the process, or another would run beside it.
      isOver = !errors.hasCode(error, 'STOP_TIMEOUT');
      throw error;
    } finally {
      if (isOver) claim.release();
    }
  } catch (error) {
    job.log.error(error);
    throw error;
  }
}

async function live(job: Job): Promise<void> {
  const { config, log } = job;
  using ctx = context.fromSignal(terminationSignal(), job.parent);
  const waiting = new Waiting();
  const session = new Session({
    ...job,
    onFenced: (reason) => ctx.cancel(reason),
    onBack: () => waiting.wake(),
  });
  const stopWatching = watchParent(config, ctx);
  log.info(`Started as process ${process.pid}.`);
  try {
    await session.start(ctx);
    if (ctx.err === undefined) await job.onRunning?.();
    const call = async (): Promise<void> => {
      await job.workerFunction(config, log, session.database, ctx);
    };
    await loop({ ...job, call, ctx, waiting });
    demandOrderlyEnd(ctx);
  } finally {
    stopWatching();
    await session.close();
    log.info(`Stopped${reasonOf(ctx)}.`);
  }
}

/** Another process that has taken over is a failure of this one, unlike a request to end. */
function demandOrderlyEnd(ctx: context.Context): void {
  const cause = context.cause(ctx);
  if (errors.hasCode(cause, 'ALREADY_RUNNING')) throw cause;
}

function reasonOf(ctx: context.Context): string {
  const cause = lifecycle.causeOf(context.cause(ctx));
  return cause === undefined ? '' : `: ${lifecycle.describeCause(cause)}`;
}

/** In the foreground a worker ends with its parent. */
function watchParent(config: Config, ctx: context.CancelContext): () => void {
  const { parent_pid: pid } = config;
  if (!config.foreground || pid === undefined) return () => undefined;
  const look = (): void => {
    if (isParentAlive(pid)) return;
    clearInterval(timer);
    ctx.cancel(new lifecycle.StopError({ kind: 'parent-lost', pid }));
  };
  const timer = setInterval(look, PARENT_MS);
  look();
  return () => clearInterval(timer);
}
