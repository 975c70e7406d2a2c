/** What is said of one worker: its label, its state, its figures and what else is worth a look. */

import { stripVTControlCharacters } from 'node:util';

import type * as child from '../internal/child/index.js';
import * as terminal from '../internal/terminal/index.js';

/** A state as it is shown. */
export interface State {
  readonly text: string;
  readonly colour: 'dim' | 'green' | 'red' | 'yellow';
}

const COLOURS: Readonly<Record<child.State, State['colour']>> = {
  STOPPED: 'dim',
  STARTING: 'yellow',
  RUNNING: 'green',
  BACKOFF: 'yellow',
  STOPPING: 'yellow',
  EXITED: 'dim',
  FATAL: 'red',
  UNKNOWN: 'red',
};

/** `http-1`, `spare http-3`, `program mailer`. */
export function label({ name, kind, isSpare }: child.WorkerStatus): string {
  if (isSpare) return name.startsWith('spare') ? name : `spare ${name}`;
  return kind === 'http' ? name : `${kind} ${name}`;
}

/** The state; a spare stands by, and what leaves for a newer `generation` drains. */
export function state(worker: child.WorkerStatus, generation: 'current' | 'old'): State {
  if (worker.isSpare && worker.state === 'RUNNING') return { text: 'standing by', colour: 'dim' };
  const isDraining = generation === 'old' && worker.state === 'STOPPING';
  const isTroubled = worker.isSuspended || worker.vitals?.unhealthy !== undefined;
  return {
    text: isDraining ? 'draining' : worker.state,
    // A state of a newer service, which this command does not know, has no colour in the table.
    colour: isTroubled ? 'yellow' : (COLOURS[worker.state] ?? 'yellow'),
  };
}

/** Uptime, memory, requests, requests in flight and lateness of the event loop, as far as known. */
export function figures({ uptimeMs, vitals }: child.WorkerStatus): readonly string[] {
  const uptime = uptimeMs === undefined ? '' : terminal.duration(uptimeMs);
  if (vitals === undefined) return [uptime];
  return [
    uptime,
    terminal.bytes(vitals.memoryBytes),
    `${vitals.requests.toLocaleString('en-US')} ${vitals.requests === 1 ? 'request' : 'requests'}`,
    `${vitals.active} active`,
    `loop p99 ${latency(vitals.loopDelayMs.p99)}`,
  ];
}

function latency(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)}ms` : terminal.duration(ms);
}

/** Whatever else is worth a look, the most urgent first. */
export function notes(worker: child.WorkerStatus, nowMs: number): readonly string[] {
  const { isSuspended, vitals, nextStartAt } = worker;
  const overdue = vitals?.overdue ?? [];
  return [
    isSuspended ? 'suspended' : '',
    vitals?.unhealthy === undefined ? '' : `unhealthy: ${vitals.unhealthy}`,
    overdue.length === 0 ? '' : `overdue: ${overdue.join(', ')}`,
    worker.state === 'BACKOFF' && nextStartAt !== undefined
      ? `next try in ${terminal.duration(Math.max(0, Date.parse(nextStartAt) - nowMs))}`
      : '',
    pastOf(worker, nowMs),
  ].filter((note) => note !== '');
}

function pastOf({ state, restarts, lastEnd }: child.WorkerStatus, nowMs: number): string {
  const often = restarts > 0 ? `restarted ${restarts}×` : '';
  if (lastEnd === undefined) return often;
  if (state === 'BACKOFF') return lastEnd.reason;
  const age = terminal.duration(Math.max(0, nowMs - Date.parse(lastEnd.at)));
  const end = `${lastEnd.reason} ${age} ago`;
  return often === '' ? end : `${often}, last: ${end}`;
}

/** Returns `text` on one line: what a program wrote may hold anything. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ');
}

/** Returns `text` in at most `limit` characters; what was longer ends in an ellipsis. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1)).trimEnd()}…`;
}
