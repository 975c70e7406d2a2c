/**
 * The watchdog's own thread: `open` in watchdog.ts starts it, with a WatchdogOrder as its data.
 *
 * It shares two words with the main thread: how often the event loop has beaten, and whether a
 * debugger's port is open. All that it says goes to the descriptor, since the main thread cannot pass
 * anything on when it matters.
 */

import { workerData } from 'node:worker_threads';

import * as clock from '../clock/index.js';
import { takeStack } from './stack.js';
import type { Taken } from './stack.js';
import { Stall } from './stall.js';
import type { Look, StallLimits } from './stall.js';
import { LineWriter } from './watchdog-line.js';
import type { WatchdogLine } from './watchdog-line.js';

/** What the thread is told. */
export interface WatchdogOrder extends StallLimits {
  /** Two Int32: the beats, and 1 while a debugger's port is open. */
  readonly shared: SharedArrayBuffer;
  readonly fd: number;
  /** How long a stack is waited for, in milliseconds. */
  readonly stackMs: number;
  readonly parentPid: number;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by open() of this very version
watch(workerData as WatchdogOrder);

function watch(order: WatchdogOrder): void {
  const words = new Int32Array(order.shared);
  const lines = new LineWriter(order.fd);
  const stall = new Stall(order, clock.monotonicMs());
  // One after the other: the end of a stall is told after the stall.
  let said = Promise.resolve();
  setInterval(() => {
    const seen = look(words, order.parentPid);
    const finding = stall.look(seen);
    const silentMs = Math.round(stall.silentMs);
    const hasMoved = (): boolean => Atomics.load(words, 0) !== seen.beats;
    lines.flush();
    if (finding === undefined) return;
    if (finding === 'lost') process.kill(process.pid, 'SIGKILL');
    said = said.then(async () => {
      if (finding === 'debugged') lines.write({ type: 'debugged', silentMs });
      if (finding === 'unstuck') lines.write({ type: 'unstuck' });
      if (finding === 'stuck')
        lines.write(lineOf(await takeStack(order.stackMs, hasMoved), silentMs));
    });
  }, order.lookMs);
}

function look(words: Int32Array, parentPid: number): Look {
  return {
    nowMs: clock.monotonicMs(),
    beats: Atomics.load(words, 0),
    isDebugged: Atomics.load(words, 1) === 1,
    isOrphan: process.ppid !== parentPid,
  };
}

function lineOf(taken: Taken, silentMs: number): WatchdogLine {
  switch (taken.kind) {
    case 'debugged':
      return { type: 'debugged', silentMs };
    case 'stack':
      return { type: 'stuck', silentMs, stack: taken.stack };
    case 'moved':
      return { type: 'stuck', silentMs, stack: 'no stack: it went on before that could be taken' };
    case 'nothing':
      return {
        type: 'stuck',
        silentMs,
        stack: 'no stack: it waits in a system call or in native code',
      };
  }
}
