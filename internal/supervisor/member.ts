/** The members of a roster: what each was made from, and the order in which they start. */

import * as context from '../context/index.js';
import type { Observer } from './event.js';
import type { WorkerOptions } from './options.js';
import { Worker } from './worker.js';

/** One worker of a roster. */
export interface Entry {
  readonly worker: WorkerOptions;
  /** Low ones start first and stop last; default 999. */
  readonly priority?: number;
  /** Whether `startAll` and `replace` start it; default true. */
  readonly autostart?: boolean;
  /** What it was made from, as text: entries with the same one are the same to `replace`; default ''. */
  readonly definition?: string;
}

/** What `replace` did, in names. */
export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** An entry with its worker. */
export interface Member {
  readonly worker: Worker;
  readonly priority: number;
  readonly autostart: boolean;
  readonly definition: string;
}

/** Makes the member of `entry`; `observe` is told unless the entry names another. */
export function memberOf(entry: Entry, observe: Observer | undefined): Member {
  const { worker, priority = 999, autostart = true, definition = '' } = entry;
  const observing = worker.observe ?? observe;
  const options = observing === undefined ? worker : { ...worker, observe: observing };
  return { worker: new Worker(options), priority, autostart, definition };
}

/** What has to be done to `known` until it is as `next`. */
export function compare(
  known: ReadonlyMap<string, Member>,
  next: ReadonlyMap<string, Entry>,
): Changes {
  const members = [...known.values()];
  return {
    added: [...next.keys()].filter((name) => !known.has(name)),
    changed: members.filter((member) => hasChanged(member, next.get(nameOf(member)))).map(nameOf),
    removed: members.map(nameOf).filter((name) => !next.has(name)),
  };
}

/** Groups of equal priority, the low ones first, each in the order of its names. */
export function byPriority(members: readonly Member[]): Worker[][] {
  const priorities = [...new Set(members.map(({ priority }) => priority))];
  return priorities
    .toSorted((one, other) => one - other)
    .map((priority) =>
      members
        .filter((member) => member.priority === priority)
        .map(({ worker }) => worker)
        .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    );
}

/**
 * Starts `members`, the low priorities first: the next ones when each of those before is RUNNING or its
 * first try has failed. `assertOpen` throws as soon as nothing may be started any more.
 */
export async function startByPriority(
  members: readonly Member[],
  ctx: context.Context,
  assertOpen: () => void,
): Promise<void> {
  for (const group of byPriority(members)) {
    assertOpen();
    if (ctx.err !== undefined) throw ctx.err;
    for (const worker of group) worker.start();
    await context.race(ctx, Promise.allSettled(group.map((worker) => worker.whenReady())));
  }
}

/** The name of its worker. */
export function nameOf({ worker }: Member): string {
  return worker.name;
}

/** Whether it runs, or is to be started again. */
export function isWanted({ worker }: Member): boolean {
  return ['STARTING', 'RUNNING', 'BACKOFF'].includes(worker.state);
}

function hasChanged(member: Member, entry: Entry | undefined): boolean {
  if (entry === undefined) return false;
  const { priority = 999, autostart = true, definition = '' } = entry;
  return (
    priority !== member.priority ||
    autostart !== member.autostart ||
    definition !== member.definition
  );
}
