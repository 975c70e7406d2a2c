/** What systemd hears of the service, where a systemd started it. */

import type * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as systemd from '../systemd/index.js';
import type { Work } from './work.js';

export interface HeraldOptions {
  /** The environment of this process; what is meant for systemd's line is taken out of it. */
  readonly env: config.Environment;
  /** Undefined until the work is open. */
  readonly work: () => Work | undefined;
  readonly onProblem: (error: unknown) => void;
}

export class Herald {
  readonly #options: HeraldOptions;
  readonly #notifier: systemd.Notifier;
  #isReplaced = false;

  constructor(options: HeraldOptions) {
    this.#options = options;
    this.#notifier = systemd.open({
      env: options.env,
      isAlive: () => !isGivenUp(options.work()),
      onProblem: options.onProblem,
    });
  }

  /** Variables for a successor, whom systemd shall hear then. */
  heir(): Readonly<Record<string, string>> {
    return this.#notifier.heir();
  }

  /** The service serves. */
  serving(): void {
    this.#notifier.ready(this.#status());
  }

  /** Process `pid` is the service, and speaks, from now on. */
  replaced(pid: number): void {
    this.#notifier.takeOver(this.#status(), pid);
    this.#isReplaced = true;
  }

  observe(event: lifecycle.LifecycleEvent): void {
    if (this.#isReplaced) return;
    if (event.type === 'RELOAD_STARTED') this.#notifier.reloading('reloading');
    if (event.type === 'RELOAD_SUCCEEDED') this.#notifier.ready(this.#status());
    if (event.type === 'RELOAD_FAILED') this.#notifier.ready(`${this.#status()}; a reload failed`);
    if (event.type === 'PHASE_CHANGED' && event.to === 'draining') this.#notifier.stopping();
  }

  close(): Promise<void> {
    return this.#notifier.close();
  }

  #status(): string {
    const work = this.#options.work();
    const url = work?.url ?? '';
    const workers = work?.staff === undefined ? '' : `, ${work.staff.wanted} workers`;
    return `serving ${url}${workers}`;
  }
}

/** Nobody is left to serve, and nobody is started any more: a fresh start might help. */
function isGivenUp(work: Work | undefined): boolean {
  const workers = work?.workers().filter(({ kind }) => kind === 'http') ?? [];
  return workers.length > 0 && workers.every(({ state }) => state === 'FATAL');
}
