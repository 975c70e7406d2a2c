/** Signals of the operating system, turned into words of the lifecycle. */

import os from 'node:os';
import tty from 'node:tty';

import * as errors from '../errors/index.js';
import type { Lifecycle } from './lifecycle.js';

/** Signals that a process can take. */
export type CatchableSignal = Exclude<NodeJS.Signals, 'SIGKILL' | 'SIGSTOP'>;

/**
 * What a signal does. `stop`: an orderly stop, and the second one ends the wait, see
 * `Lifecycle.interrupt`. `reload`: as it says. `hangup`: a reload, but a stop when the process was
 * started in a terminal and that terminal has been closed. `force`: the end at once, exit status
 * 128 + n. `ignore`: nothing. Or a function, whose failure is told to the observer and changes nothing.
 */
export type SignalAction =
  | 'stop'
  | 'reload'
  | 'hangup'
  | 'force'
  | 'ignore'
  | ((signal: NodeJS.Signals) => unknown);

/** Actions by signal. */
export type SignalActions = Partial<Readonly<Record<CatchableSignal, SignalAction>>>;

/**
 * What happens unless another action is given. SIGBREAK is Ctrl-Break on Windows. SIGUSR1 without a
 * listener would open Node's debugger port to whoever can send a signal.
 */
const DEFAULTS: SignalActions = {
  SIGTERM: 'stop',
  SIGINT: 'stop',
  SIGBREAK: 'stop',
  SIGHUP: 'hangup',
  SIGUSR1: 'ignore',
};

/**
 * Listens for TERM and INT (stop), HUP (reload) and USR1 (nothing, which keeps the debugger shut), and
 * for every other signal in `actions`, which also replaces these. Returns a function that takes all
 * listeners away; it is called by itself when the process has stopped, so that a signal kills what
 * should have ended. Calling it twice does no harm: one signal counts once.
 *
 * Leave XCPU to the kernel: it ends the process with status 152 also while JavaScript computes, when no
 * listener could run. With `SIGXCPU: 'force'` the report is written, if the loop gets to it.
 *
 * @throws RodentError USAGE for a signal that no process can take.
 * @example
 * lifecycle.handleSignals(life, { SIGUSR2: () => cache.clear(), SIGHUP: 'stop' });
 * Source: seed 004 "HandleSignals"; design section 3, signal table.
 */
export function handleSignals(life: Lifecycle, actions: SignalActions = {}): () => void {
  const hadTerminal = hasTerminal();
  const listeners = new Map<NodeJS.Signals, () => void>();
  for (const [signal, action] of Object.entries({ ...DEFAULTS, ...actions })) {
    assertCatchable(signal);
    // A signal that this operating system does not have never arrives.
    if (!isSignal(signal)) continue;
    listeners.set(signal, () => act(life, { signal, action, hadTerminal }));
  }
  for (const [signal, listener] of listeners) process.on(signal, listener);
  const uninstall = (): void => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
  // Not before a signal that was delivered twice has been delivered twice.
  const uninstallSoon = (): void => void setTimeout(uninstall, life.limits.duplicateMs).unref();
  void life.whenStopped.then(uninstallSoon);
  return uninstall;
}

interface Arrival {
  readonly signal: NodeJS.Signals;
  readonly action: SignalAction;
  readonly hadTerminal: boolean;
}

function act(life: Lifecycle, { signal, action, hadTerminal }: Arrival): void {
  if (typeof action === 'function') {
    life.tell({ type: 'SIGNAL_RECEIVED', signal });
    void call(life, signal, action);
    return;
  }
  switch (action) {
    case 'stop':
      life.interrupt(signal);
      return;
    case 'hangup':
      if (hadTerminal && !hasTerminal()) life.interrupt(signal);
      else reload(life, signal);
      return;
    case 'reload':
      reload(life, signal);
      return;
    case 'force':
      life.tell({ type: 'SIGNAL_RECEIVED', signal });
      life.force({ kind: 'signal', signal });
      return;
    case 'ignore':
      return;
  }
}

function reload(life: Lifecycle, signal: NodeJS.Signals): void {
  if (life.cause !== undefined) {
    life.tell({ type: 'SIGNAL_IGNORED', signal, why: 'stopping' });
    return;
  }
  life.tell({ type: 'SIGNAL_RECEIVED', signal });
  void life.reload({ kind: 'signal', signal });
}

async function call(
  life: Lifecycle,
  signal: NodeJS.Signals,
  action: (signal: NodeJS.Signals) => unknown,
): Promise<void> {
  try {
    await action(signal);
  } catch (error) {
    life.tell({ type: 'SIGNAL_HANDLER_FAILED', signal, error });
  }
}

/**
 * Whether a standard stream is a terminal. After the terminal was closed none is: the kernel answers
 * every question about it with EIO. Started with nohup or a redirection of all three, none ever was.
 */
function hasTerminal(): boolean {
  return [0, 1, 2].some((fd) => tty.isatty(fd));
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(os.constants.signals, name);
}

function assertCatchable(signal: string): void {
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') return;
  throw new errors.RodentError(`Cannot handle ${signal}: no process can catch it.`, {
    code: 'USAGE',
  });
}
