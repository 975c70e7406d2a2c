/** The processes of this host in the database: registered, beating, ended when the database says so. */

import { randomUUID } from 'node:crypto';

import type * as child from '../child/index.js';
import * as clock from '../clock/index.js';
import type * as postgres from '../postgres/index.js';
import * as registry from '../registry/index.js';
import type { Work } from './work.js';

export interface RegistrationOptions {
  readonly database: postgres.Database;
  readonly host: { readonly id: string; readonly name: string };
  readonly version: string;
  readonly beatMs: number;
  readonly lostAfterMs: number;
  readonly work: Work;
  /** The phase of the service, in the lifecycle's words. */
  readonly phase: () => string;
  /** Ends the service itself. */
  readonly onFenced: (why: string) => void;
  readonly observe: NonNullable<registry.RollOptions['observe']>;
}

/** What the registry's verdicts mean for a process. */
const REASONS = {
  requested: 'its end was requested in the database',
  removed: 'its row in the database was removed',
} as const;

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #roll: registry.Roll;
  readonly #self: registry.Member;
  /** The ids of our processes, by process id and start. */
  #ids = new Map<string, string>();

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const { work, version } = options;
    this.#self = {
      id: randomUUID(),
      kind: work.staff === undefined ? 'service' : 'supervisor',
      name: 'rodent',
      pid: process.pid,
      state: 'ready',
      version,
      startedAt: clock.utc(new Date(performance.timeOrigin)),
    };
    this.#roll = registry.openRoll({
      database: options.database,
      host: options.host,
      version,
      beatMs: options.beatMs,
      lostAfterMs: options.lostAfterMs,
      members: () => this.#members(),
      onFenced: (id, why) => this.#dismiss(id, REASONS[why]),
      observe: options.observe,
    });
  }

  status(): ReturnType<registry.Roll['status']> {
    return this.#roll.status();
  }

  /** Beats without waiting for the next time: something has changed. */
  beatSoon(): void {
    this.#roll.beatSoon();
  }

  /** Takes our processes out of the database. */
  close(): Promise<void> {
    return this.#roll.close();
  }

  #members(): readonly registry.Member[] {
    const before = this.#ids;
    this.#ids = new Map();
    const others = this.#processes().map(([key, worker]) => {
      const id = before.get(key) ?? randomUUID();
      this.#ids.set(key, id);
      return this.#memberOf(id, worker);
    });
    const state = this.#options.phase();
    return [{ ...this.#self, state, memoryBytes: process.memoryUsage.rss() }, ...others];
  }

  #memberOf(id: string, worker: child.WorkerStatus): registry.Member {
    const { kind, name, state, pid = 0, startedAt = this.#self.startedAt, vitals } = worker;
    return {
      id,
      parentId: this.#self.id,
      kind,
      name,
      pid,
      state,
      startedAt,
      ...(kind === 'http' ? { version: this.#options.version } : {}),
      ...(vitals === undefined ? {} : { memoryBytes: vitals.memoryBytes }),
    };
  }

  /** What runs, but the workers that register themselves. */
  #processes(): readonly (readonly [string, child.WorkerStatus])[] {
    return this.#options.work
      .workers()
      .filter(({ kind, pid }) => kind !== 'worker' && pid !== undefined)
      .map((worker) => [`${worker.pid} ${worker.startedAt}`, worker]);
  }

  #dismiss(id: string, why: string): void {
    if (id === this.#self.id) return this.#options.onFenced(why);
    const found = this.#processes().find(([key]) => this.#ids.get(key) === id);
    if (found !== undefined) this.#options.work.dismiss(found[1], why);
  }
}
