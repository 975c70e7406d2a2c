/** A roster: single workers, each by its name. */

import type * as child from '../child/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import { underBoth } from './both.js';
import type { Observer } from './event.js';
import { unknownName } from './name.js';
import type { WorkerOptions } from './options.js';
import type { StopReport } from './stop.js';
import { stopTogether } from './stop.js';
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

/** How a roster is kept. */
export interface RosterOptions {
  /** Told every event of every worker, unless a worker's own options name another. */
  readonly observe?: Observer;
}

/** An entry with its worker. */
interface Member {
  readonly worker: Worker;
  readonly priority: number;
  readonly autostart: boolean;
  readonly definition: string;
}

/** Opens a roster; nothing runs before `startAll` or `start`. */
export function openRoster(options: RosterOptions = {}): Roster {
  return new Roster(options);
}

/** See `openRoster`. A name that it does not know is NOT_FOUND; the error names near ones. */
export class Roster {
  readonly #observe: Observer | undefined;
  readonly #members = new Map<string, Member>();
  #starting = context.withCancel(context.background());

  constructor({ observe }: RosterOptions) {
    this.#observe = observe;
  }

  /**
   * Adds a worker; it is not started.
   *
   * @throws RodentError CONFIG_INVALID when the name is taken.
   */
  add(entry: Entry): Worker {
    const { name } = entry.worker;
    if (this.#members.has(name)) throw taken(name);
    const member = this.#member(entry);
    this.#members.set(name, member);
    return member.worker;
  }

  /**
   * Starts those with `autostart`, the low priorities first: the next ones when each of these is RUNNING
   * or its first try has failed. A worker that fails is its own matter: see `status`.
   *
   * @throws RodentError CANCELED or DEADLINE_EXCEEDED (rejection) when `ctx` is done first, or a
   *   `stopAll` comes.
   */
  async startAll(ctx: context.Context): Promise<void> {
    await this.#startMembers(
      [...this.#members.values()].filter(({ autostart }) => autostart),
      ctx,
    );
  }

  /**
   * Stops all, the high priorities first, each when those before it are reaped. What runs when `ctx` is
   * done is killed.
   */
  async stopAll(ctx: context.Context): Promise<StopReport> {
    this.#starting.cancel(new errors.RodentError('All workers stop.', { code: 'CANCELED' }));
    this.#starting = context.withCancel(context.background());
    const killed: string[] = [];
    for (const group of byPriority([...this.#members.values()]).toReversed()) {
      const report = await stopTogether(group, ctx);
      killed.push(...report.killed);
    }
    return { killed };
  }

  /**
   * Starts one; resolves when it is RUNNING, at once when it is already.
   *
   * @throws its own error (rejection) when its first try fails.
   */
  async start(name: string): Promise<void> {
    const { worker } = this.#find(name);
    if (worker.state === 'STOPPING') await worker.stop();
    worker.start();
    await worker.whenReady();
  }

  /** Stops one; resolves when it is reaped. */
  async stop(name: string): Promise<void> {
    await this.#find(name).worker.stop();
  }

  /** Stops one and starts it again, as `start`. */
  async restart(name: string): Promise<void> {
    await this.stop(name);
    await this.start(name);
  }

  /** Sends `signal` to one, with `group` to its whole process group; false when it has no process. */
  signal(name: string, signal: NodeJS.Signals, options?: { readonly group?: boolean }): boolean {
    return this.#find(name).worker.signal(signal, options);
  }

  /**
   * Makes the roster hold `entries` and nothing else: what is gone or has changed stops, what is new or
   * has changed starts if it has `autostart` or ran before; the rest is left alone. Resolves when each
   * of those is RUNNING or its first try has failed.
   *
   * @throws RodentError CONFIG_INVALID (rejection) when two have one name; nothing has changed then.
   */
  async replace(entries: readonly Entry[]): Promise<Changes> {
    const next = new Map<string, Entry>();
    for (const entry of entries) {
      if (next.has(entry.worker.name)) throw taken(entry.worker.name);
      next.set(entry.worker.name, entry);
    }
    const changes = this.#compare(next);
    const leaving = [...changes.removed, ...changes.changed].map((name) => this.#find(name));
    const ran = new Set(leaving.filter(isWanted).map(nameOf));
    for (const group of byPriority(leaving).toReversed()) {
      await stopTogether(group, context.background());
    }
    for (const { worker } of leaving) this.#members.delete(worker.name);
    const coming = [...changes.changed, ...changes.added].map((name) => next.get(name));
    const members = coming.flatMap((entry) => (entry === undefined ? [] : [this.#member(entry)]));
    for (const member of members) this.#members.set(nameOf(member), member);
    const starting = members.filter((one) => one.autostart || ran.has(nameOf(one)));
    await this.#startMembers(starting, context.background());
    return changes;
  }

  /** KILL to all at once, synchronously and for good: for a forced exit. */
  killAll(): void {
    for (const { worker } of this.#members.values()) worker.killNow();
  }

  /** In the order of their start: by priority, then by name. */
  status(): readonly child.WorkerStatus[] {
    const members = [...this.#members.values()];
    return byPriority(members).flatMap((group) => group.map((worker) => worker.status()));
  }
  #member({ worker, priority = 999, autostart = true, definition = '' }: Entry): Member {
    const observe = worker.observe ?? this.#observe;
    const options = observe === undefined ? worker : { ...worker, observe };
    return { worker: new Worker(options), priority, autostart, definition };
  }

  #find(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw unknownName(name, [...this.#members.keys()]);
    return member;
  }

  async #startMembers(members: readonly Member[], ctx: context.Context): Promise<void> {
    await underBoth(ctx, this.#starting, async (both) => {
      for (const group of byPriority(members)) {
        if (both.err !== undefined) throw both.err;
        for (const worker of group) worker.start();
        await context.race(both, Promise.allSettled(group.map((worker) => worker.whenReady())));
      }
    });
  }

  #compare(next: ReadonlyMap<string, Entry>): Changes {
    const known = [...this.#members.values()];
    return {
      added: [...next.keys()].filter((name) => !this.#members.has(name)),
      changed: known.filter((member) => hasChanged(member, next.get(nameOf(member)))).map(nameOf),
      removed: known.map(nameOf).filter((name) => !next.has(name)),
    };
  }
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

/** Groups of equal priority, the low ones first, each in the order of its names. */
function byPriority(members: readonly Member[]): Worker[][] {
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

function nameOf({ worker }: Member): string {
  return worker.name;
}

/** Whether it runs, or is to be started again. */
function isWanted({ worker }: Member): boolean {
  return ['STARTING', 'RUNNING', 'BACKOFF'].includes(worker.state);
}

function taken(name: string): errors.RodentError {
  return new errors.RodentError(`There are two workers with the name "${name}".`, {
    code: 'CONFIG_INVALID',
    contextData: { worker: name },
  });
}
