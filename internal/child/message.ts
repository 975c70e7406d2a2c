/** What goes between a worker of ours and its parent, and where the worker finds what it inherits. */

import type { StopReason, Vitals } from './process.js';

/** From the parent. */
export type Order =
  /** The first word: what the worker is to be. */
  | { readonly type: 'boot'; readonly value: unknown }
  /** To a worker that stands by: it is needed, in the place of that name. */
  | { readonly type: 'activate'; readonly name?: string | undefined }
  | { readonly type: 'stop'; readonly reason: StopReason }
  /** Over Node's own channel, with an accepted connection beside it. */
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
 * Names ours among what a program may write there: libraries say `process.send('ready')` to whoever
 * their parent may be, and a descriptor takes what anybody writes to it.
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

/** Tells a process that it is a worker of ours. */
export const VARIABLE = 'RODENT_INTERNAL_WORKER';

/** Where the worker finds what it inherits, beside the standard three. */
export const DESCRIPTORS = {
  /** Nothing: programs write here that they are ready, to whom it may concern. */
  readiness: 3,
  /** What its watchdog says, which must get out while the event loop stands still. */
  watchdog: 4,
  /** What the worker says. */
  words: 5,
  /** What it is told. */
  orders: 6,
  /** The first of the descriptors that were named; behind them all, Node's own channel if any. */
  first: 7,
} as const;
