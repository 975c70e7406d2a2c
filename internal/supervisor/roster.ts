/** A roster: single workers, each by its name. */

import type * as child from '../child/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import { underBoth } from './both.js';
import type { Observer } from './event.js';
import type { Changes, Entry, Member } from './member.js';
import { byPriority, compare, isWanted, memberOf, nameOf, startByPriority } from './member.js';
import { unknownName } from './name.js';
import type { StopReport } from './stop.js';
import { stopTogether } from './stop.js';
import type { Worker } from './worker.js';

/** How a roster is kept. */
export interface RosterOptions {
  /** Told every event of every worker, unless a worker's own options name another. */
  readonly observe?: Observer;
}

/** Opens a roster; nothing runs before `startAll` or `start`. */
export function openRoster(options: RosterOptions = {}): Roster {
  return new Roster(options);
}

/**
 * See `openRoster`. A name that it does not know is NOT_FOUND; the error names near ones.
 *
 * `startAll` opens it, `stopAll` and `killAll` close it: from then on nothing is started, also not by
 * what was begun before, until the next `startAll`. `startAll` and `replace` come one after the other.
 */
export class Roster {
  readonly #observe: Observer | undefined;
  readonly #members = new Map<string, Member>();
  /** Those that `replace` stops in order to exchange them. */
  readonly #leaving = new Set<Member>();
  /** Done when the roster is closed; each opening has its own. */
  #life = context.withCancel(context.background());
  #wasOpened = false;
  /** Resolves when all has ended that the next `startAll` or `replace` has to wait for. */
  #tail: Promise<unknown> = Promise.resolve();

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
    const member = memberOf(entry, this.#observe);
    this.#members.set(name, member);
    return member.worker;
  }

  /**
   * Opens the roster and starts those with `autostart`, the low priorities first: the next ones when
   * each of these is RUNNING or its first try has failed. A worker that fails is its own matter: see
   * `status`. Waits for the end of a `stopAll` that came before.
   *
   * @throws RodentError CANCELED or DEADLINE_EXCEEDED (rejection) when `ctx` is done first, or a
   *   `stopAll` comes.
   */
  async startAll(ctx: context.Context): Promise<void> {
    if (this.#isClosed) this.#life = context.withCancel(context.background());
    this.#wasOpened = true;
    const life = this.#life;
    await underBoth(ctx, life, (both) =>
      this.#inTurn(both, () => {
        const members = this.#all.filter(({ autostart }) => autostart);
        return startByPriority(members, both, () => assertOpen(life));
      }),
    );
  }

  /**
   * Closes the roster and stops all, the high priorities first, each when those before it are reaped.
   * What runs when `ctx` is about to be done is killed.
   */
  stopAll(ctx: context.Context): Promise<StopReport> {
    this.#close();
    const stopped = this.#stopAll(ctx);
    this.#tail = Promise.allSettled([this.#tail, stopped]);
    return stopped;
  }

  /**
   * Starts one; resolves when it is RUNNING, at once when it is already.
   *
   * @throws its own error (rejection) when its first try fails; RodentError CANCELED while the roster
   *   is closed.
   */
  async start(name: string): Promise<void> {
    for (;;) {
      if (this.#isClosed) throw closed();
      const member = this.#find(name);
      if (this.#leaving.has(member)) await this.#tail;
      else if (member.worker.state === 'STOPPING') await member.worker.stop();
      else {
        member.worker.start();
        return member.worker.whenReady();
      }
    }
  }

  /** Stops one; resolves when it is reaped. */
  async stop(name: string): Promise<void> {
    await this.#find(name).worker.stop();
  }

  /** Stops one and starts it again, as `start`. */
  async restart(name: string): Promise<void> {
    if (this.#isClosed) throw closed();
    await this.stop(name);
    await this.start(name);
  }

  /** Sends `signal` to one, with `group` to its whole process group; false when it has no process. */
  signal(name: string, signal: NodeJS.Signals, options?: { readonly group?: boolean }): boolean {
    return this.#find(name).worker.signal(signal, options);
  }

  /**
   * Makes the roster hold `entries` and nothing else: what is gone or has changed stops, what is new or
   * has changed starts if it has `autostart` or ran before; the rest is left alone. Before the first
   * `startAll` what did not run is not started. Resolves when each of those is RUNNING or its first try
   * has failed.
   *
   * @throws RodentError CONFIG_INVALID (rejection) when two have one name; nothing has changed then.
   *   CANCELED while the roster is closed, or when it is closed meanwhile: nothing is started then, and
   *   unless it had come to the starts it holds what it held.
   */
  async replace(entries: readonly Entry[]): Promise<Changes> {
    const next = new Map<string, Entry>();
    for (const entry of entries) {
      if (next.has(entry.worker.name)) throw taken(entry.worker.name);
      next.set(entry.worker.name, entry);
    }
    const life = this.#life;
    return this.#inTurn(context.background(), () => this.#replace(next, life));
  }

  /** Closes the roster; KILL to all at once, synchronously and for good: for a forced exit. */
  killAll(): void {
    this.#close();
    for (const { worker } of this.#members.values()) worker.killNow();
  }

  /** The names of those that run or are to be started again, in the order of `status`. */
  running(): readonly string[] {
    return byPriority(this.#all.filter(isWanted)).flatMap((group) => group.map(({ name }) => name));
  }

  /** In the order of their start: by priority, then by name. */
  status(): readonly child.WorkerStatus[] {
    return byPriority(this.#all).flatMap((group) => group.map((worker) => worker.status()));
  }

  get #all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get #isClosed(): boolean {
    return this.#life.err !== undefined;
  }

  #close(): void {
    this.#life.cancel(closed());
  }

  #find(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw unknownName(name, [...this.#members.keys()]);
    return member;
  }

  /** Does `work` when what came before has ended, unless `ctx` is done first. */
  #inTurn<T>(ctx: context.Context, work: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    const done = context.race(ctx, before).then(work);
    this.#tail = Promise.allSettled([before, done]);
    return done;
  }

  async #stopAll(ctx: context.Context): Promise<StopReport> {
    const killed: string[] = [];
    for (const group of byPriority(this.#all).toReversed()) {
      const report = await stopTogether(group, ctx);
      killed.push(...report.killed);
    }
    return { killed };
  }

  async #replace(next: ReadonlyMap<string, Entry>, life: context.Context): Promise<Changes> {
    assertOpen(life);
    const changes = compare(this.#members, next);
    const leaving = [...changes.removed, ...changes.changed].map((name) => this.#find(name));
    const ran = new Set(leaving.filter(isWanted).map(nameOf));
    await this.#dismiss(leaving, life);
    const members = [...changes.changed, ...changes.added].flatMap((name) => {
      const entry = next.get(name);
      // One of that name that was added meanwhile is somebody's: it stays.
      return entry === undefined || this.#members.has(name) ? [] : [memberOf(entry, this.#observe)];
    });
    for (const member of members) this.#members.set(nameOf(member), member);
    const isStarted = (one: Member): boolean =>
      (this.#wasOpened && one.autostart) || ran.has(nameOf(one));
    await startByPriority(members.filter(isStarted), life, () => assertOpen(life));
    return changes;
  }

  /** Stops `members` and takes them out; where `life` ends meanwhile they stay in. */
  async #dismiss(members: readonly Member[], life: context.Context): Promise<void> {
    for (const member of members) this.#leaving.add(member);
    try {
      for (const group of byPriority(members).toReversed()) {
        await stopTogether(group, context.background());
      }
      assertOpen(life);
      for (const member of members) {
        const name = nameOf(member);
        if (this.#members.get(name) === member) this.#members.delete(name);
      }
    } finally {
      for (const member of members) this.#leaving.delete(member);
    }
  }
}

function assertOpen(life: context.Context): void {
  if (life.err !== undefined) throw closed();
}

function closed(): errors.RodentError {
  return new errors.RodentError('The programs are being stopped: nothing is started any more.', {
    code: 'CANCELED',
  });
}

function taken(name: string): errors.RodentError {
  return new errors.RodentError(`There are two workers with the name "${name}".`, {
    code: 'CONFIG_INVALID',
    contextData: { worker: name },
  });
}
