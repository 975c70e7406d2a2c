/** What a supervisor keeps beside its http workers: programs, and what the database asks for. */

import type * as child from '../child/index.js';
import type * as context from '../context/index.js';
import type { Companion } from './companion.js';
import type { Programs } from './programs.js';

export class Others {
  readonly #programs: Programs;
  readonly #companion: Companion | undefined;

  constructor(programs: Programs, companion: Companion | undefined) {
    this.#programs = programs;
    this.#companion = companion;
  }

  status(): readonly child.WorkerStatus[] {
    return [...this.#programs.status(), ...(this.#companion?.workers() ?? [])];
  }

  async start(ctx: context.Context): Promise<void> {
    await Promise.all([this.#programs.start(ctx), this.#companion?.start(ctx)]);
  }

  /** Resolves with the names of those that had to be killed. */
  async stop(ctx: context.Context): Promise<readonly string[]> {
    const [programs, scripts = []] = await Promise.all([
      this.#programs.stop(ctx),
      this.#companion?.stop(ctx),
    ]);
    return [...programs, ...scripts];
  }

  /** Ends one of them in order; what is to run is started again. */
  dismiss(worker: child.WorkerStatus): void {
    const { kind, name } = worker;
    if (kind === 'program' || kind === 'script') this.#programs.restart(name);
    else this.#companion?.dismiss(worker);
  }

  killAll(): void {
    this.#programs.killAll();
    this.#companion?.killAll();
  }
}
