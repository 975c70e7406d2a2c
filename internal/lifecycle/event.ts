/** What a lifecycle tells its observer, and the same in a sentence. */

import * as errors from '../errors/index.js';
import type { Cause } from './cause.js';
import { describeCause } from './cause.js';
import type { Phase } from './phase.js';
import type { Failure, Report } from './report.js';
import { describeFailure, describeReport } from './report.js';

/** Told to the observer after it happened. */
export type LifecycleEvent =
  | {
      readonly type: 'PHASE_CHANGED';
      readonly from: Phase;
      readonly to: Phase;
      /** Why it stops; from `draining` on. */
      readonly cause: Cause | undefined;
    }
  /** A drain, canceller, hook or reload handler failed; the next ones run all the same. */
  | { readonly type: 'HOOK_FAILED'; readonly failure: Failure }
  /** A drain, canceller, hook or reload handler ran past its limit and was passed over. */
  | { readonly type: 'HOOK_TIMED_OUT'; readonly failure: Failure }
  | { readonly type: 'SIGNAL_RECEIVED'; readonly signal: NodeJS.Signals }
  | {
      readonly type: 'SIGNAL_IGNORED';
      readonly signal: NodeJS.Signals;
      readonly why: 'duplicate' | 'stopping';
    }
  | {
      readonly type: 'SIGNAL_HANDLER_FAILED';
      readonly signal: NodeJS.Signals;
      readonly error: unknown;
    }
  | { readonly type: 'RELOAD_STARTED'; readonly cause: Cause }
  | { readonly type: 'RELOAD_SUCCEEDED'; readonly cause: Cause; readonly handlers: number }
  | {
      readonly type: 'RELOAD_FAILED';
      readonly cause: Cause;
      readonly error: errors.RodentError;
    }
  /** The program's main function failed before the process was ready. */
  | { readonly type: 'START_FAILED'; readonly error: unknown }
  /** An error that nobody caught: of main, of an event listener, of a promise. */
  | { readonly type: 'ERROR_ESCAPED'; readonly error: unknown }
  /** The lock file of the PID file at the path was removed or exchanged: another may start now. */
  | { readonly type: 'INSTANCE_LOST'; readonly path: string }
  /** The process was ended at once; the report says what it was waiting for. */
  | { readonly type: 'STOP_FORCED'; readonly report: Report }
  | { readonly type: 'STOPPED'; readonly report: Report };

/** Is told every event; what it throws, or rejects with, is dropped. */
export type Observer = (event: LifecycleEvent) => unknown;

/** Whether `event` is one that somebody should hear about when all else is kept quiet. */
export function isFailure(event: LifecycleEvent): boolean {
  switch (event.type) {
    case 'HOOK_FAILED':
    case 'HOOK_TIMED_OUT':
    case 'SIGNAL_HANDLER_FAILED':
    case 'RELOAD_FAILED':
    case 'START_FAILED':
    case 'ERROR_ESCAPED':
    case 'INSTANCE_LOST':
    case 'STOP_FORCED':
      return true;
    case 'STOPPED':
      return event.report.unstopped.pending.length > 0;
    case 'PHASE_CHANGED':
    case 'SIGNAL_RECEIVED':
    case 'SIGNAL_IGNORED':
    case 'RELOAD_STARTED':
    case 'RELOAD_SUCCEEDED':
      return false;
  }
}

/** Returns `event` as a sentence, or several lines where there is a report. */
export function describeEvent(event: LifecycleEvent): string {
  switch (event.type) {
    case 'PHASE_CHANGED':
      return `The process is ${event.to}${event.cause === undefined ? '' : `: ${describeCause(event.cause)}`}.`;
    case 'HOOK_FAILED':
    case 'HOOK_TIMED_OUT':
      return `The ${describeFailure(event.failure)}.`;
    case 'SIGNAL_RECEIVED':
      return `${event.signal} received.`;
    case 'SIGNAL_IGNORED':
      return `${event.signal} ignored: ${event.why === 'duplicate' ? 'it repeats the one before' : 'the process is stopping'}.`;
    case 'SIGNAL_HANDLER_FAILED':
      return `The handler of ${event.signal} failed: ${errors.describe(event.error)}`;
    case 'RELOAD_STARTED':
      return `Reloading: ${describeCause(event.cause)}.`;
    case 'RELOAD_SUCCEEDED':
      return event.handlers === 0 ? 'Reloaded: nothing is registered to reload.' : 'Reloaded.';
    case 'RELOAD_FAILED':
      return event.error.detail;
    case 'START_FAILED':
      return describeError(event.error);
    case 'ERROR_ESCAPED':
      return `Nobody caught this error: ${describeError(event.error)}`;
    case 'INSTANCE_LOST':
      return `The lock file of "${event.path}" was removed or exchanged: a second instance could start.`;
    case 'STOP_FORCED':
    case 'STOPPED':
      return describeReport(event.report);
  }
}

/** An error with a code speaks for itself; of any other, a bug most likely, the place is wanted. */
function describeError(error: unknown): string {
  const isNamed = error instanceof Error && 'code' in error;
  return isNamed ? errors.describe(error) : (errors.from(error).stack ?? errors.describe(error));
}
