/** The limits of a service in one process: over one of them, a fresh process takes its place. */

import type * as config from '../config/index.js';
import type * as http from '../http/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as limits from '../limits/index.js';
import { overdueOf } from './overdue.js';

/** Between two looks, in milliseconds. */
const LOOK_MS = 1_000;
/** How long other requests may go on before the process is replaced all the same. Source: R-INP-66. */
const WAIT_MS = 60_000;

export interface OverseerOptions {
  readonly config: () => config.Config;
  readonly server: http.Server;
  /** Writes down what is over its limit, and what is at work at the time. */
  readonly report: (why: string, inFlight: readonly http.InFlight[]) => void;
  /** Has a fresh process take over; what it fails of is told elsewhere. */
  readonly replace: (why: string) => Promise<unknown>;
}

/**
 * Looks once a second. Over a limit it waits while other requests are at work, a minute at most; what is
 * replaced drains like in any reload.
 *
 * Source: R-INP-64…68; W-INP-13.
 */
export function oversee(life: lifecycle.Lifecycle, options: OverseerOptions): void {
  const overseer = new Overseer(options);
  const timer = setInterval(() => overseer.look(life), LOOK_MS).unref();
  life.registerShutdownHook('limits', () => clearInterval(timer));
}

class Overseer {
  readonly #options: OverseerOptions;
  readonly #sampler = limits.openSampler();
  readonly #maxRequests: number;
  #memoryBytes: number | undefined;
  /** Looks since the limit was first reached. */
  #looks = 0;
  #isReplacing = false;

  constructor(options: OverseerOptions) {
    const settings = options.config();
    this.#options = options;
    this.#maxRequests = limits.jittered(
      settings.get('limits.maxRequests'),
      settings.get('limits.maxRequestsJitter'),
    );
  }

  look(life: lifecycle.Lifecycle): void {
    if (this.#isReplacing || life.phase !== 'ready') return;
    const verdict = this.#judge();
    this.#looks = verdict === undefined ? 0 : this.#looks + 1;
    if (verdict === undefined) return;
    const { server, report } = this.#options;
    const isBusy = server.stats().active > 0 && verdict.action === 'recycle';
    if (this.#looks === 1) report(verdict.why, server.inFlight());
    if (!isBusy || this.#looks * LOOK_MS >= WAIT_MS) void this.#replace(verdict.why);
  }

  #judge(): limits.Verdict | undefined {
    const { config: read, server } = this.#options;
    const settings = read();
    const stats = server.stats();
    const before = this.#memoryBytes;
    const sample = this.#sampler.read();
    this.#memoryBytes = sample.memoryBytes;
    return limits.judge(
      {
        vitals: { ...sample, ...stats, overdue: overdueOf(server, settings) },
        ...(before === undefined ? {} : { memoryBeforeBytes: before }),
      },
      {
        maxRequests: this.#maxRequests,
        memorySoftBytes: settings.get('limits.memorySoft'),
        memoryHardBytes: settings.get('limits.memoryHard'),
        cpuMs: settings.get('limits.cpuTime'),
      },
    );
  }

  async #replace(why: string): Promise<void> {
    this.#isReplacing = true;
    try {
      await this.#options.replace(why);
    } catch {
      // The reload told why it failed; a minute later it is tried again.
      this.#looks = 1;
    }
    this.#isReplacing = false;
  }
}
