/** What is to run at the ends of a transaction. */

import type { HookKind, Observer } from './event.js';
import type { TransactionHook } from './queryable.js';

/** See above. */
export class Hooks {
  readonly #hooks: Readonly<Record<HookKind, TransactionHook[]>> = {
    beforeCommit: [],
    afterCommit: [],
    beforeRollback: [],
    afterRollback: [],
  };
  readonly #tell: Observer;

  constructor(tell: Observer) {
    this.#tell = tell;
  }

  add(kind: HookKind, hook: TransactionHook): void {
    this.#hooks[kind].push(hook);
  }

  /** Runs those of `kind` in order, also what they add; ends with the first that throws. */
  async run(kind: HookKind): Promise<void> {
    // An array's iterator sees what is added on the way.
    for (const hook of this.#hooks[kind]) await hook();
  }

  /** Runs all of `kind`; what they throw is told and changes nothing. */
  async runAll(kind: HookKind): Promise<void> {
    for (const hook of this.#hooks[kind]) {
      try {
        await hook();
      } catch (error) {
        this.#tell({ type: 'HOOK_FAILED', hook: kind, error });
      }
    }
  }
}
