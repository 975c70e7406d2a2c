/** The life of a whole program. */

import type { LifecycleOptions, Lifecycle } from './lifecycle.js';
import { create } from './lifecycle.js';
import { failureWriter } from './observer.js';
import { flush } from './output.js';
import type { Report } from './report.js';
import type { SignalActions } from './signals.js';
import { handleSignals } from './signals.js';

/** What `run` adds to a lifecycle's options. */
export interface RunOptions extends LifecycleOptions {
  /** Actions for signals beside or instead of the usual ones, see `handleSignals`. */
  readonly signals?: SignalActions;
  /**
   * Called when everything has stopped, just before the process ends; returns the exit status. Default:
   * that of the report. For a program that lingers, say for a child that took over its work.
   */
  readonly beforeExit?: (report: Report) => number | Promise<number>;
}

/** Longer than any process lives between two of its ticks; a timer takes no more. */
const IDLE_MS = 2 ** 31 - 1;

/**
 * Runs a program: `main` starts it, and this function ends it. Call it once, first thing.
 *
 * Signals are handled from the first moment. When `main` returns the process is ready, unless it said
 * so itself with `life.ready()`. It lives as long as `main` runs or anything else is alive, and stops in
 * order when a signal says so, when nothing is left to do, when `main` fails (what was opened so far is
 * closed, the youngest first) or when an error escapes. A `main` that still runs when the root context
 * is cancelled has the time of a hook to return.
 *
 * Then it ends the process, whatever is still alive, once stdout and stderr are written. This is the
 * only place of the package that does. The exit status is the report's; if that is 0 a
 * `process.exitCode` of the program's own is kept. Without `observe`, failures go to stderr.
 *
 * @example
 * await lifecycle.run(async (life) => {
 *   const pool = await connect(life.ctx);
 *   life.registerShutdownHook('pool', () => pool.end());
 *   await serve(pool);
 * });
 */
export async function run(
  main: (life: Lifecycle) => unknown,
  options: RunOptions = {},
): Promise<void> {
  const observe = options.observe ?? failureWriter(options.name ?? 'service');
  const life = create({ ...options, observe });
  handleSignals(life, options.signals);
  // Also what no promise handler caught: Node makes it an exception, unless a flag says otherwise.
  process.on('uncaughtException', (error) => life.fail(error));
  process.on('beforeExit', () => void life.shutdown({ kind: 'completed' }));
  start(life, main);
  const report = await life.whenStopped;
  const exitCode = (await options.beforeExit?.(report)) ?? report.exitCode;
  await flush();
  if (exitCode !== 0) process.exitCode = exitCode;
  process.exit();
}

function start(life: Lifecycle, main: (life: Lifecycle) => unknown): void {
  // Waiting for a context or a signal keeps no process alive; a program that waits means to live.
  const alive = setInterval(() => undefined, IDLE_MS);
  const ended = Promise.resolve()
    .then(() => main(life))
    .then(
      () => life.ready(),
      (error: unknown) => life.fail(error),
    )
    .finally(() => clearInterval(alive));
  life.registerContextCanceller('main', () => ended);
}
