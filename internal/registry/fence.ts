/** Remembers which processes were told to leave, so that each is told once. */

import type { Verdict } from './beat.js';
import type { Fenced } from './roll-event.js';

export class Fence {
  readonly #onFenced: (id: string, why: Fenced) => void;
  #told = new Map<string, Fenced>();

  constructor(onFenced: (id: string, why: Fenced) => void) {
    this.#onFenced = onFenced;
  }

  /** Whether its row was taken away: it is leaving, and must not be registered again. */
  isRemoved(id: string): boolean {
    return this.#told.get(id) === 'removed';
  }

  /** Tells those that are to leave, and forgets what does not run any more; `running` is all that does. */
  judge(verdicts: ReadonlyMap<string, Verdict>, running: readonly string[]): void {
    const before = this.#told;
    this.#told = new Map();
    const fresh: [string, Fenced][] = [];
    for (const id of running) {
      const verdict = verdicts.get(id) ?? 'ok';
      const said = before.get(id);
      if (verdict !== 'ok') this.#told.set(id, verdict);
      else if (said !== undefined) this.#told.set(id, said);
      if (verdict !== 'ok' && said === undefined) fresh.push([id, verdict]);
    }
    for (const [id, why] of fresh) this.#onFenced(id, why);
  }
}
