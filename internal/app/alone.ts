/** The work done by this process itself: `--workers 0`. */

import type * as child from '../child/index.js';
import type * as config from '../config/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type { Companion } from './companion.js';
import type { Journal } from './journal.js';
import { applyToServer } from './live.js';
import { openServer } from './open-server.js';
import type { OpenServerOptions, Web } from './open-server.js';
import { oversee } from './overseer.js';
import type { Work } from './work.js';

export interface AloneOptions extends OpenServerOptions {
  readonly journal: Journal;
  /** What stands beside the work; asked once it is open. */
  readonly companion: () => Companion | undefined;
  /** Has a fresh process take over. */
  readonly renew: (why: string) => Promise<unknown>;
}

/** Opens socket, application and server. @throws RodentError as `openServer`. */
export async function openAlone(life: lifecycle.Lifecycle, options: AloneOptions): Promise<Work> {
  const web = await openServer(life, options);
  if (web !== undefined) {
    oversee(life, {
      config: options.config,
      server: web.server,
      report: (why, inFlight) => {
        options.journal.record('warn', `Over a limit: ${why}`, { in_flight: inFlight });
      },
      replace: options.renew,
    });
  }
  return new Alone(web, options.companion());
}

class Alone implements Work {
  readonly staff = undefined;
  readonly #web: Web | undefined;

  readonly #companion: Companion | undefined;

  constructor(web: Web | undefined, companion: Companion | undefined) {
    this.#web = web;
    this.#companion = companion;
  }

  get listener(): Work['listener'] {
    return this.#web?.listener;
  }

  get url(): string {
    return this.#web?.server.url ?? '';
  }

  requests(): instance.ServiceStatus['requests'] {
    const stats = this.#web?.server.stats();
    return {
      total: stats?.requests ?? 0,
      active: stats?.active ?? 0,
      connections: stats?.connections ?? 0,
    };
  }

  pending(): readonly string[] {
    const inFlight = this.#web?.server.inFlight() ?? [];
    return inFlight.map(
      ({ method, path, ageMs }) => `${method} ${path} (${(ageMs / 1_000).toFixed(1)} s)`,
    );
  }

  workers(): readonly child.WorkerStatus[] {
    return this.#companion?.workers() ?? [];
  }

  dismiss(worker: child.WorkerStatus): void {
    this.#companion?.dismiss(worker);
  }

  apply(next: config.Config): void {
    if (this.#web !== undefined) applyToServer(this.#web.server, next);
  }

  reopenLogs(): void {
    // The service's own log is the only one.
  }

  diagnose(): Readonly<Record<string, unknown>> {
    return { inFlight: this.#web?.server.inFlight() ?? [] };
  }
}
