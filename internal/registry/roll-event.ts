/** What a roll tells its observer. */

import * as errors from '../errors/index.js';

/** Why a process is to leave: its end was asked for in the database, or its row was taken away. */
export type Fenced = 'requested' | 'removed';

/** What happens to a roll. */
export type RollEvent =
  /** Beats fail from now on; told once. */
  | { readonly type: 'BEAT_FAILED'; readonly error: Error }
  /** Beats go well again. */
  | { readonly type: 'BEAT_RESUMED'; readonly afterMs: number }
  /** A process of this roll is to leave. */
  | { readonly type: 'MEMBER_FENCED'; readonly id: string; readonly why: Fenced }
  /** Processes of the fleet that nobody had heard of for too long were removed. */
  | { readonly type: 'PROCESSES_LOST'; readonly ids: readonly string[] }
  /** A callback of the roll threw. */
  | { readonly type: 'CALLBACK_FAILED'; readonly error: Error }
  /** The rows of this roll could not be removed at its end; they will be when their time is over. */
  | { readonly type: 'LEAVE_FAILED'; readonly error: Error };

const FAILURES: ReadonlySet<RollEvent['type']> = new Set([
  'BEAT_FAILED',
  'CALLBACK_FAILED',
  'LEAVE_FAILED',
]);

/** Whether `event` is something that went wrong. */
export function isFailure(event: RollEvent): boolean {
  return FAILURES.has(event.type);
}

/** Returns `event` as one sentence for a log. */
export function describeEvent(event: RollEvent): string {
  switch (event.type) {
    case 'BEAT_FAILED':
      return `The processes of this host cannot be registered: ${errors.describe(event.error)}`;
    case 'BEAT_RESUMED':
      return `The processes of this host are registered again, after ${Math.round(event.afterMs)} ms.`;
    case 'MEMBER_FENCED':
      return event.why === 'requested'
        ? `The process "${event.id}" was asked in the database to leave.`
        : `The process "${event.id}" was removed from the database and is to leave.`;
    case 'PROCESSES_LOST':
      return `Nothing was heard any more of ${event.ids.length} registered processes; they were removed: ${event.ids.join(', ')}.`;
    case 'CALLBACK_FAILED':
      return `What the registry told could not be handled: ${errors.describe(event.error)}`;
    case 'LEAVE_FAILED':
      return `The processes of this host could not be taken out of the database: ${errors.describe(event.error)}`;
  }
}
