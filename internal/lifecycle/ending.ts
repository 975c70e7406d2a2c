/** The one stop of a process: begun once, forced perhaps, and reported. */

import * as clock from '../clock/index.js';
import type * as context from '../context/index.js';
import * as deferred from '../deferred/index.js';
import type { Cause } from './cause.js';
import { StopError, exitStatus, forcedExitStatus } from './cause.js';
import type { Limits } from './limits.js';
import type { Tell } from './observer.js';
import { collect } from './pending.js';
import type { Phase } from './phase.js';
import type { Registry } from './registry.js';
import type { Pending, Report, UnstoppedHook } from './report.js';
import { countResources } from './report.js';
import { Runner } from './runner.js';
import { stop } from './stop.js';

/** What a stop needs of its lifecycle. */
export interface EndingParts {
  readonly limits: Limits;
  readonly registry: Registry;
  readonly reloader: Runner;
  readonly root: context.CancelContext;
  readonly tell: Tell;
  enter(phase: Phase): void;
}

export class Ending {
  readonly runner: Runner;
  /** Set by an error that escaped while stopping. */
  isUnclean = false;
  readonly #parts: EndingParts;
  readonly #stopped = deferred.create<Report>();
  #cause: Cause | undefined;
  #report: Report | undefined;
  #startMs = 0;
  #cut: readonly Pending[] | undefined;

  constructor(parts: EndingParts) {
    this.#parts = parts;
    this.runner = new Runner(parts.root, parts.tell);
  }

  get cause(): Cause | undefined {
    return this.#cause;
  }

  get report(): Report | undefined {
    return this.#report;
  }

  get whenStopped(): Promise<Report> {
    return this.#stopped.promise;
  }

  /** Decides that it stops, and why; false when that was decided before. */
  begin(cause: Cause): boolean {
    if (this.#cause !== undefined) return false;
    this.#cause = cause;
    this.#startMs = clock.monotonicMs();
    return true;
  }

  /** Stops in order, after `begin`. */
  async run(cause: Cause, options: { readonly wasReady: boolean }): Promise<void> {
    const { limits, registry, reloader } = this.#parts;
    await stop({
      ...registry,
      ...options,
      cause,
      limits,
      reloader,
      runner: this.runner,
      noteCut: () => (this.#cut = collect(registry.providers)),
      cancel: () => this.#cancel(cause),
      end: () => this.#finish(this.describe(cause)),
    });
  }

  /** Ends the wait at once. */
  force(by: Cause): Report {
    if (this.#report !== undefined) return this.#report;
    const cause = this.#cause ?? by;
    this.#cause = cause;
    const report = this.describe(cause, by);
    this.#finish(report);
    this.runner.abandon(new StopError(by));
    this.#parts.root.cancel(new StopError(cause));
    return report;
  }

  /** The report as it stands. */
  describe(cause: Cause, forcedBy?: Cause): Report {
    const { failures } = this.runner;
    const hooks = [...this.#parts.reloader.unstopped, ...this.runner.unstopped, ...this.#waiting()];
    const isClean = failures.length === 0 && !this.isUnclean;
    const status = exitStatus(cause) || (isClean ? 0 : 1);
    return {
      cause,
      forcedBy,
      exitCode: forcedBy === undefined ? status : forcedExitStatus(forcedBy),
      ageMs: this.#startMs === 0 ? 0 : clock.monotonicMs() - this.#startMs,
      failures: [...failures],
      unstopped: {
        hooks,
        pending: this.#cut ?? collect(this.#parts.registry.providers),
        resources: countResources(),
      },
    };
  }

  #waiting(): UnstoppedHook[] {
    const hooks = [...this.#parts.registry.hooks].toReversed();
    return hooks.map(({ name, place }) => ({ stage: 'hook', name, place, ageMs: undefined }));
  }

  #cancel(cause: Cause): void {
    this.#parts.enter('stopping');
    this.#parts.root.cancel(new StopError(cause));
  }

  #finish(report: Report): void {
    if (this.#report !== undefined) return;
    this.#report = report;
    this.#parts.enter('stopped');
    const { tell } = this.#parts;
    tell({ type: report.forcedBy === undefined ? 'STOPPED' : 'STOP_FORCED', report });
    this.#stopped.resolve(report);
  }
}
