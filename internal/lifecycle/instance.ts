/** One instance of a program at a time. */

import type * as pidfile from '../pidfile/index.js';
import type { Lifecycle } from './lifecycle.js';

/** How the single instance is claimed, announced and watched over. */
export interface InstanceOptions {
  /** What the state file beside the PID file tells of this process; default nothing more. */
  readonly details?: pidfile.Details;
  /**
   * `now`: the PID file is there when this returns. `later`: only the lock is taken, and the caller
   * publishes, say when its control socket listens. Default `now`.
   */
  readonly publish?: 'now' | 'later';
  /** How the lock is taken, and how long it is waited for; default as `pidfile.claim`. */
  readonly claim?: pidfile.ClaimOptions;
  /** What the predecessor passed on, when its lock is inherited rather than taken; default none. */
  readonly inherited?: pidfile.Inherited;
  /** How often to look whether the lock is still ours, in milliseconds; default 5,000. */
  readonly checkMs?: number;
}

/**
 * Makes this process the only one that holds `path`, the PID file: takes the lock, publishes the PID,
 * and registers the release as a shutdown hook. Call it first of all, so that it is released last, when
 * everything else is closed. A process that died without releasing holds nothing.
 *
 * While it runs the lock is looked after, on a timer that keeps no process alive: when somebody has
 * removed or exchanged the lock file, the observer is told INSTANCE_LOST, once for each loss.
 *
 * @throws RodentError ALREADY_RUNNING naming the process; PID_FILE when the files cannot be used or must
 *   not be trusted; StopError (CANCELED) when the process stops meanwhile.
 * Source: seed 004 "EnsureSingleInstance"; R-ROD-2…9.
 */
export async function ensureSingleInstance(
  life: Lifecycle,
  path: string,
  options: InstanceOptions = {},
): Promise<pidfile.Claim> {
  const claim = await take(life, path, options);
  const unwatch = watch(life, claim, options.checkMs ?? 5000);
  try {
    life.registerShutdownHook('pid file', () => {
      unwatch();
      claim.release();
    });
  } catch (error) {
    unwatch();
    claim.release();
    throw error;
  }
  if (options.publish !== 'later') claim.publish(options.details);
  return claim;
}

async function take(
  life: Lifecycle,
  path: string,
  options: InstanceOptions,
): Promise<pidfile.Claim> {
  // Loaded here: most of what imports this package never asks for a PID file.
  const pidfile = await import('../pidfile/index.js');
  const settings = { ctx: life.ctx, ...options.claim };
  return options.inherited === undefined
    ? pidfile.claim(path, settings)
    : pidfile.adopt(path, options.inherited, settings);
}

/** Returns what ends the watch: what is released is not lost. */
function watch(life: Lifecycle, claim: pidfile.Claim, everyMs: number): () => void {
  let wasHeld = true;
  const look = (): void => {
    const isHeld = claim.isHeld();
    if (wasHeld && !isHeld) life.tell({ type: 'INSTANCE_LOST', path: claim.path });
    wasHeld = isHeld;
  };
  const timer = setInterval(look, everyMs).unref();
  void life.whenStopped.then(() => clearInterval(timer));
  return () => clearInterval(timer);
}
