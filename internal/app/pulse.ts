/** A worker's signs of life: its beats, its watchdog, and the probe of its own application. */

import type * as child from '../child/index.js';
import type * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as limits from '../limits/index.js';
import type { Web } from './open-server.js';
import { overdueOf } from './overdue.js';
import { Probe } from './probe.js';

/** Between two beats, in milliseconds. */
const BEAT_MS = 1_000;

/** The part of the time until a silent worker is killed after which its stack is taken. */
const DIAGNOSE_SHARE = 0.5;

export interface PulseOptions {
  readonly parent: child.Parent;
  readonly config: () => config.Config;
  /** Is told when nobody watches the event loop. */
  readonly onProblem: (error: unknown) => void;
}

export class Pulse {
  readonly #options: PulseOptions;
  readonly #sampler = limits.openSampler();
  #web: Web | undefined;
  #probe: Probe | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(life: lifecycle.Lifecycle, options: PulseOptions) {
    this.#options = options;
    life.registerShutdownHook('pulse', () => this.#close());
    const timeoutMs = options.config().get('workers.timeout');
    if (timeoutMs === 0) return;
    // Never closed: it watches the stop as well, and ends with the process.
    limits.openWatchdog({
      fd: options.parent.watchdogFd,
      stuckMs: timeoutMs * DIAGNOSE_SHARE,
      parentPid: options.parent.pid,
      onFailure: options.onProblem,
    });
  }

  /** Begins to beat; called again when the worker serves. */
  watch(web: Web | undefined): void {
    this.#web = web;
    const settings = this.#options.config();
    const path = settings.get('probe.path');
    if (web !== undefined && path !== undefined) {
      this.#probe = new Probe({
        adopt: (socket) => web.server.adopt(socket, 'plain'),
        path,
        intervalMs: settings.get('probe.interval'),
        timeoutMs: settings.get('probe.timeout'),
        failures: settings.get('probe.failures'),
      });
    }
    this.#timer ??= setInterval(() => this.#beat(), BEAT_MS).unref();
    this.#beat();
  }

  #beat(): void {
    const stats = this.#web?.server.stats();
    const unhealthy = this.#probe?.verdict;
    this.#options.parent.beat({
      ...this.#sampler.read(),
      requests: stats?.requests ?? 0,
      active: stats?.active ?? 0,
      connections: stats?.connections ?? 0,
      overdue: this.#web === undefined ? [] : overdueOf(this.#web.server, this.#options.config()),
      ...(unhealthy === undefined ? {} : { unhealthy }),
    });
  }

  #close(): void {
    clearInterval(this.#timer);
    // The last figures count as well.
    this.#beat();
    this.#probe?.close();
    this.#sampler.close();
  }
}
