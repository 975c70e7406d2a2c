/** What is told of workers, and the same in a sentence. */

import type * as child from '../child/index.js';
import * as errors from '../errors/index.js';
import * as terminal from '../terminal/index.js';

/** Whom an event is about. */
export interface About {
  readonly name: string;
  readonly kind: child.WorkerKind;
  readonly generation: number;
  /** Absent where there is no process. */
  readonly pid?: number;
}

/** What happened. Times in milliseconds. */
export type Happening =
  | { readonly type: 'STATE_CHANGED'; readonly from: child.State; readonly to: child.State }
  | { readonly type: 'WORKER_STARTED' }
  | { readonly type: 'WORKER_READY'; readonly afterMs: number }
  /** Its process ended, asked or not, or could not be started. */
  | {
      readonly type: 'WORKER_ENDED';
      /** `exit status 1`, `SIGKILL (perhaps out of memory)`, `hung: …`, `recycled: …`. */
      readonly reason: string;
      readonly wasAsked: boolean;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly words: readonly string[];
    }
  | {
      readonly type: 'WORKER_BACKING_OFF';
      readonly reason: string;
      readonly delayMs: number;
      /** Counted from 1. */
      readonly attempt: number;
    }
  /** It is FATAL. */
  | { readonly type: 'WORKER_GAVE_UP'; readonly reason: string; readonly error: Error }
  /** Nothing was heard of its event loop for too long; it is killed next. */
  | { readonly type: 'WORKER_STUCK'; readonly silentMs: number; readonly stack?: string }
  /** It was killed: because it did not stop in time, say. */
  | { readonly type: 'WORKER_KILLED'; readonly why: string }
  /** Stopped as asked. */
  | { readonly type: 'WORKER_STOPPED'; readonly reason: string }
  /** It said that it leaves of its own accord. */
  | { readonly type: 'WORKER_LEAVING'; readonly why: string }
  /** It cannot be signalled. */
  | { readonly type: 'WORKER_LOST'; readonly error: unknown }
  /** Its replacement serves; it is asked to leave. */
  | { readonly type: 'WORKER_RECYCLED'; readonly why: string }
  /** Its replacement failed; it serves on, and another is tried after the delay. */
  | {
      readonly type: 'RECYCLE_FAILED';
      readonly why: string;
      readonly error: unknown;
      readonly delayMs: number;
    }
  /** A spare has taken this slot; `spare` was its name. */
  | { readonly type: 'SPARE_PROMOTED'; readonly spare: string }
  /** The reload failed, and so did the old generation in this slot: the new one serves there. */
  | { readonly type: 'ROLLBACK_FAILED'; readonly error: unknown }
  /** Whoever judges this worker threw. */
  | { readonly type: 'JUDGE_FAILED'; readonly error: unknown };

/** Told to the observer after it happened. */
export type WorkerEvent = About & Happening;

/** Is told every event; what it throws is dropped. */
export type Observer = (event: WorkerEvent) => void;

/** Whether `event` is one that somebody should hear about when all else is kept quiet. */
export function isFailure(event: WorkerEvent): boolean {
  switch (event.type) {
    case 'WORKER_ENDED':
      return !event.wasAsked && event.code !== 0;
    case 'WORKER_GAVE_UP':
    case 'WORKER_STUCK':
    case 'WORKER_KILLED':
    case 'WORKER_LOST':
    case 'RECYCLE_FAILED':
    case 'ROLLBACK_FAILED':
    case 'JUDGE_FAILED':
      return true;
    case 'STATE_CHANGED':
    case 'WORKER_STARTED':
    case 'WORKER_READY':
    case 'WORKER_BACKING_OFF':
    case 'WORKER_STOPPED':
    case 'WORKER_LEAVING':
    case 'WORKER_RECYCLED':
    case 'SPARE_PROMOTED':
      return false;
  }
}

/** Returns `event` as one sentence. */
export function describeEvent(event: WorkerEvent): string {
  const who =
    event.pid === undefined
      ? `Worker "${event.name}"`
      : `Worker "${event.name}" (process ${event.pid})`;
  return `${who} ${withoutStop(predicate(event))}.`;
}

function predicate(event: Happening): string {
  switch (event.type) {
    case 'STATE_CHANGED':
      return `went from ${event.from} to ${event.to}`;
    case 'WORKER_STARTED':
      return 'was started';
    case 'WORKER_READY':
      return `was ready after ${terminal.duration(event.afterMs)}`;
    case 'WORKER_ENDED':
      return `ended: ${event.reason}`;
    case 'WORKER_BACKING_OFF':
      return `is started again in ${terminal.duration(event.delayMs)} (retry ${event.attempt}): ${event.reason}`;
    case 'WORKER_GAVE_UP':
      return `is not started again: ${errors.describe(event.error)}`;
    case 'WORKER_STUCK':
      return `is hung: nothing was heard of it for ${terminal.duration(event.silentMs)}`;
    case 'WORKER_KILLED':
      return `was killed: ${event.why}`;
    case 'WORKER_STOPPED':
      return `has stopped: ${event.reason}`;
    case 'WORKER_LEAVING':
      return `leaves by itself: ${event.why}`;
    case 'WORKER_LOST':
      return `cannot be signalled: ${describe(event.error)}`;
    case 'WORKER_RECYCLED':
      return `was replaced: ${event.why}`;
    case 'RECYCLE_FAILED':
      return `could not be replaced (${event.why}) and serves on, the next try is in ${terminal.duration(event.delayMs)}: ${describe(event.error)}`;
    case 'SPARE_PROMOTED':
      return `took over as the spare "${event.spare}"`;
    case 'ROLLBACK_FAILED':
      return `serves on, because the generation before it does not start any more: ${describe(event.error)}`;
    case 'JUDGE_FAILED':
      return `could not be judged: ${describe(event.error)}`;
  }
}

function describe(error: unknown): string {
  return withoutStop(errors.describe(error));
}

/** A sentence inside of another ends with the other's full stop. */
function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
