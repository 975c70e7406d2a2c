/** What a stop left behind: what failed, what was still alive, and the exit status that follows. */

import * as errors from '../errors/index.js';
import * as terminal from '../terminal/index.js';
import type { Cause } from './cause.js';
import { describeCause } from './cause.js';

/** What kind of function ran: one on reload, or one of the three parts of a stop. */
export type Stage = 'reload' | 'drain' | 'canceller' | 'hook';

/** A function that failed or ran past its limit. */
export interface Failure {
  readonly stage: Stage;
  readonly name: string;
  /** Where it was registered: `/srv/app.mjs:12`. */
  readonly place: string;
  /** How long it had run, in milliseconds. */
  readonly ageMs: number;
  readonly isTimeout: boolean;
  readonly error: unknown;
}

/** A function that was still running, or had not had its turn, when the process ended. */
export interface UnstoppedHook {
  readonly stage: Stage;
  readonly name: string;
  readonly place: string;
  /** How long it had run, in milliseconds; undefined when it had not had its turn. */
  readonly ageMs: number | undefined;
}

/** What one provider said was still alive. */
export interface Pending {
  readonly name: string;
  readonly items: readonly string[];
}

/** What was still alive when the process ended. */
export interface Unstopped {
  readonly hooks: readonly UnstoppedHook[];
  /** What was alive when the time for draining ran out, else at the end. */
  readonly pending: readonly Pending[];
  /** Count of each kind of handle that keeps the event loop alive, as Node names them. */
  readonly resources: Readonly<Record<string, number>>;
}

/** How a process stopped. */
export interface Report {
  readonly cause: Cause;
  /** What ended it at once; undefined when it was left to stop. */
  readonly forcedBy: Cause | undefined;
  readonly exitCode: number;
  /** How long the stop took, in milliseconds. */
  readonly ageMs: number;
  readonly failures: readonly Failure[];
  readonly unstopped: Unstopped;
}

/** Returns the whole report as lines for a person or a log. */
export function describeReport(report: Report): string {
  const { hooks, pending, resources } = report.unstopped;
  const kinds = Object.entries(resources).map(([kind, count]) => `${kind} ${count}`);
  const alive = [
    ...hooks.map(describeUnstoppedHook),
    ...pending.map(({ name, items }) => `${name}: ${items.join(', ')}`),
    ...(kinds.length === 0 ? [] : [`handles: ${kinds.join(', ')}`]),
  ];
  return [
    headline(report),
    ...report.failures.map((failure) => `  ${describeFailure(failure)}`),
    ...(alive.length === 0 ? [] : ['Still alive:', ...alive.map((line) => `  ${line}`)]),
  ].join('\n');
}

/** Returns `failure` as a clause: `hook "cache" (/srv/app.mjs:12) failed after 3ms: …`. */
export function describeFailure(failure: Failure): string {
  const { stage, name, place } = failure;
  const age = terminal.duration(failure.ageMs);
  const what = failure.isTimeout
    ? `did not finish within ${age} and was passed over`
    : `failed after ${age}: ${errors.describe(failure.error).replace(/\.$/, '')}`;
  return `${stage} "${name}" (${place}) ${what}`;
}

/**
 * Returns what went wrong as one error: the error that stopped the process, or that of the only
 * failure, or an AggregateError of all, the first cause first; undefined when nothing did.
 */
export function joinErrors(report: Report): Error | undefined {
  const { cause, failures } = report;
  const all = [
    ...(cause.kind === 'error' ? [cause.error] : []),
    ...failures.map(({ error }) => error),
  ].map((error) => errors.from(error));
  return all.length > 1 ? new AggregateError(all, all.map(errors.describe).join(' ')) : all[0];
}

/** Counts what keeps the event loop alive, by kind. */
export function countResources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function headline(report: Report): string {
  const { cause, forcedBy, exitCode } = report;
  const age = terminal.duration(report.ageMs);
  const why = describeCause(cause);
  if (forcedBy === undefined) return `Stopped after ${age}, exit status ${exitCode}: ${why}.`;
  const by = forcedBy === cause ? why : `${describeCause(forcedBy)} (first: ${why})`;
  return `Ended at once after ${age}, exit status ${exitCode}: ${by}.`;
}

function describeUnstoppedHook({ stage, name, place, ageMs }: UnstoppedHook): string {
  const state = ageMs === undefined ? 'had not begun' : `running for ${terminal.duration(ageMs)}`;
  return `${stage} "${name}" (${place}), ${state}`;
}
