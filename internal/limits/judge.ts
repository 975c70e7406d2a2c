/** Whether a process is over one of its limits, and in words why. */

import type * as child from '../child/index.js';
import * as terminal from '../terminal/index.js';

/** What one process may use; a limit that is absent or 0 does not exist. */
export interface Limits {
  /** Requests answered since its start, jitter included: see `jittered`. */
  readonly maxRequests?: number;
  /** Resident memory that it must not keep. */
  readonly memorySoftBytes?: number;
  /** Resident memory that it must not reach. */
  readonly memoryHardBytes?: number;
  /** Processor time since its start. */
  readonly cpuMs?: number;
}

/** What is known of the process. */
export interface Subject {
  /** Its last beat; absent for a program, which does not beat. */
  readonly vitals?: child.Vitals;
  /** Resident memory as seen from outside, also while it does not beat; default what its beat says. */
  readonly memoryBytes?: number;
  /** The memory that the judgement before this one was about; absent for the first. */
  readonly memoryBeforeBytes?: number;
}

/** What has to happen, and why. */
export interface Verdict {
  /** `recycle`: replaced once its requests are done. `kill`: at once. */
  readonly action: 'recycle' | 'kill';
  /** For people and logs: `answered 10,000 requests`. */
  readonly why: string;
}

/**
 * Returns what has to happen to a process, undefined when it is within its limits; the gravest reason
 * alone. Pure: judge it with each beat.
 *
 * The soft limit of memory holds for two judgements in a row or not at all: a large upload or a parsed
 * document is gone with the next collection, while a leak stays. A recycled worker costs a start, and a
 * spike that all workers share would cost all of them one. The hard limit waits for nothing: the kernel
 * is next, and chooses its victim itself.
 *
 * Source: R-INP-64, 65, 89, 90, R-SUP-6; design section 2.
 */
export function judge(subject: Subject, limits: Limits): Verdict | undefined {
  const { vitals } = subject;
  const tooLarge = overHardLimit(subject, limits);
  if (tooLarge !== undefined) return { action: 'kill', why: tooLarge };
  const why =
    unhealthy(vitals) ??
    overdue(vitals) ??
    overSoftLimit(subject, limits) ??
    spent(vitals, limits) ??
    served(vitals, limits);
  return why === undefined ? undefined : { action: 'recycle', why };
}

/**
 * Returns `maxRequests` plus a whole number from 0 to `jitter`, so that workers started together are
 * not replaced together; 0 stays 0, which means no limit. `random` is at least 0 and less than 1.
 *
 * Source: R-SUP-6; gunicorn's max_requests_jitter.
 */
export function jittered(
  maxRequests: number,
  jitter: number,
  random: () => number = Math.random,
): number {
  return maxRequests > 0 ? maxRequests + Math.floor(random() * (jitter + 1)) : 0;
}

function overHardLimit(subject: Subject, limits: Limits): string | undefined {
  const now = memoryOf(subject);
  return isOver(now, limits.memoryHardBytes) ? oversize(now, limits.memoryHardBytes) : undefined;
}

function overSoftLimit(subject: Subject, limits: Limits): string | undefined {
  const now = memoryOf(subject);
  const wasOver = isOver(subject.memoryBeforeBytes, limits.memorySoftBytes);
  if (!wasOver || !isOver(now, limits.memorySoftBytes)) return undefined;
  return oversize(now, limits.memorySoftBytes);
}

function memoryOf({ memoryBytes, vitals }: Subject): number | undefined {
  return memoryBytes ?? vitals?.memoryBytes;
}

function oversize(bytes = 0, limit = 0): string {
  return `resident memory ${terminal.bytes(bytes)} is over ${terminal.bytes(limit)}`;
}

function unhealthy(vitals: child.Vitals | undefined): string | undefined {
  return vitals?.unhealthy === undefined ? undefined : `it is unhealthy: ${vitals.unhealthy}`;
}

function overdue(vitals: child.Vitals | undefined): string | undefined {
  const [first, ...others] = vitals?.overdue ?? [];
  if (first === undefined) return undefined;
  const rest = others.length === 0 ? '' : `, and ${others.length} more`;
  return `a request goes on long after its deadline: ${first}${rest}`;
}

function spent(vitals: child.Vitals | undefined, { cpuMs }: Limits): string | undefined {
  if (!isReached(vitals?.cpuMs, cpuMs)) return undefined;
  return `used ${terminal.duration(vitals?.cpuMs ?? 0)} of processor time`;
}

function served(vitals: child.Vitals | undefined, { maxRequests }: Limits): string | undefined {
  if (!isReached(vitals?.requests, maxRequests)) return undefined;
  return `answered ${(vitals?.requests ?? 0).toLocaleString('en-US')} requests`;
}

function isReached(value: number | undefined, limit: number | undefined): boolean {
  return value !== undefined && limit !== undefined && limit > 0 && value >= limit;
}

function isOver(value: number | undefined, limit: number | undefined): boolean {
  return value !== limit && isReached(value, limit);
}
