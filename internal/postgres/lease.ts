/** A connection while somebody holds it, watched for being held too long. */

import type pg from 'pg';

import * as clock from '../clock/index.js';
import { destroy } from './client.js';
import type { Observer } from './event.js';
import type { Trace } from './place.js';
import { placeOf } from './place.js';
import { Wire } from './wire.js';

export interface LeaseOptions {
  /** Of the server, described. */
  readonly address: string;
  /** Where it was borrowed. */
  readonly trace: Trace;
  /** Milliseconds after which it counts as leaked; 0 for never. */
  readonly leakAfterMs: number;
  readonly tell: Observer;
  /** Called once. */
  readonly onRelease: () => void;
}

/** See above. */
export class Lease {
  readonly wire: Wire;
  readonly #client: pg.PoolClient;
  readonly #options: LeaseOptions;
  readonly #sinceMs: number = clock.monotonicMs();
  readonly #timer: NodeJS.Timeout | undefined;
  #isReleased = false;

  constructor(client: pg.PoolClient, options: LeaseOptions) {
    this.#client = client;
    this.#options = options;
    this.wire = new Wire(client, options.address);
    if (options.leakAfterMs > 0) {
      this.#timer = setTimeout(() => this.#report(), options.leakAfterMs).unref();
    }
  }

  /** How long it has been held, in milliseconds. */
  get heldMs(): number {
    return clock.monotonicMs() - this.#sinceMs;
  }

  /** Who borrowed it: `/srv/app.mjs:12`. */
  get place(): string {
    return placeOf(this.#options.trace);
  }

  /** Gives the connection back, or ends it when nobody should have it; again without effect. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearTimeout(this.#timer);
    this.#client.release(this.wire.isUnfit);
    if (this.wire.isBroken) destroy(this.#client);
    this.#options.onRelease();
  }

  /** Takes the connection away from its holder, whose statements are stopped. Within seconds. */
  async cut(reason: unknown): Promise<void> {
    await this.wire.cut(reason);
    this.release();
  }

  #report(): void {
    this.wire.condemn();
    this.#options.tell({ type: 'CONNECTION_HELD', place: this.place, heldMs: this.heldMs });
  }
}
