/** What goes between a worker of ours and its parent, over Node's channel and beside it. */

import type { StopReason, Vitals } from './process.js';

/** From the parent. */
export type Order =
  /** The first word: what the worker is to be. */
  | { readonly type: 'boot'; readonly value: unknown }
  /** To a worker that stands by: it is needed. */
  | { readonly type: 'activate' }
  | { readonly type: 'stop'; readonly reason: StopReason }
  /** With an accepted connection beside it. */
  | { readonly type: 'connection'; readonly id: number }
  /** Something between the two programs themselves. */
  | { readonly type: 'tell'; readonly value: unknown };

/** From the worker. */
export type Word =
  | { readonly type: 'ready'; readonly info?: unknown }
  | { readonly type: 'failed'; readonly detail: string; readonly code: string }
  | { readonly type: 'beat'; readonly vitals: Vitals }
  /** It has the connection of that number. */
  | { readonly type: 'taken'; readonly id: number }
  /** It ends of its own accord, for a reason that the parent has not given. */
  | { readonly type: 'leaving'; readonly why: string }
  | { readonly type: 'tell'; readonly value: unknown };

/**
 * Names ours among what a program may send over the same channel: libraries say `process.send('ready')`
 * to whoever their parent may be.
 */
const MARK = 'rodent';

/** What goes over the channel for `message`. */
export function wrap(message: Order | Word): Readonly<Record<string, unknown>> {
  return { [MARK]: message };
}

/** The message that came over the channel; undefined when it is none of ours. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(MARK in value)) return undefined;
  return value[MARK];
}

/** Whether `value` is a message of one of `types`. */
export function isOf<T extends Order | Word>(
  value: unknown,
  types: readonly T['type'][],
): value is T {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const { type } = value;
  return types.some((known) => known === type);
}

/** Where the worker finds what it inherits, beside the standard three and Node's own channel. */
export const DESCRIPTORS = {
  channel: 3,
  /** What its watchdog says, which must get out while the event loop stands still. */
  watchdog: 4,
  /** The first of the descriptors that were named. */
  first: 5,
} as const;
