/** What a roll is given, and what it gives. */

import type { Asked } from './fleet.js';
import type { Member } from './member.js';
import type { Fenced, RollEvent } from './roll-event.js';

export interface RollOptions {
  readonly database: Asked;
  readonly host: { readonly id: string; readonly name: string };
  /** The version of rodent, shown with the host. */
  readonly version: string;
  /** Milliseconds between two beats. */
  readonly beatMs: number;
  /** Milliseconds without a beat after which a process is held to be lost; several times `beatMs`. */
  readonly lostAfterMs: number;
  /** What runs now; asked with each beat. */
  readonly members: () => readonly Member[];
  /** The process `id` is to leave. Called once for each. */
  readonly onFenced: (id: string, why: Fenced) => void;
  /** Told what happens; default: nobody. */
  readonly observe?: (event: RollEvent) => void;
}

export interface RollStatus {
  /** ISO 8601 in UTC, by the clock of the database; absent before the first beat. */
  readonly lastBeatAt?: string;
  /** Why the last beat failed; absent when it did not. */
  readonly error?: string;
  /** Whether others hold these processes to be alive. */
  readonly isCurrent: boolean;
}

export interface Roll {
  /** Beats at once: something has changed. Calls in quick succession become one beat. */
  beatSoon(): void;
  status(): RollStatus;
  /**
   * Ends the beats and removes the rows of this roll; with `keep`, leaves them to a successor. Never
   * rejects, and gives up after a few seconds: what stays is removed as lost. Idempotent.
   */
  close(options?: { readonly keep?: boolean }): Promise<void>;
}
