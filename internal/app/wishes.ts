/** What the database asks of this host: heard where notifications arrive, and looked up now and then anyway. */

import * as errors from '../errors/index.js';
import * as postgres from '../postgres/index.js';
import { describeListening } from './database-events.js';
import type { Journal } from './journal.js';

export interface WishesOptions {
  readonly address: postgres.Address;
  readonly hostId: string;
  /** How often is looked whether or not a notification has come: one may have been missed. */
  readonly lookMs: number;
  readonly journal: Journal;
  /** Reads what is wanted and does it; called once at a time. */
  readonly look: () => Promise<void>;
}

/** The channel on which the registry tells of what is asked of a host. */
const CHANNEL = 'rodent_registry';

export class Wishes {
  readonly #options: WishesOptions;
  readonly #subscription: postgres.Subscription;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;
  #isAskedAgain = false;
  #isDeaf = false;

  constructor(options: WishesOptions) {
    const { address, hostId, lookMs } = options;
    this.#options = options;
    this.#subscription = postgres.listen({
      address,
      applicationName: 'rodent listen',
      channels: [CHANNEL],
      onNotify: (_channel, payload) => {
        if (payload === hostId) this.#lookAgain();
      },
      onConnected: () => this.#lookAgain(),
      observe: (event) => this.#tell(event),
    });
    // At times of its own: hosts that started together do not ask together.
    this.#timer = setInterval(() => this.#lookAgain(), lookMs * (0.9 + Math.random() / 5)).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#subscription.close();
  }

  /** One look at a time, so that an old answer never follows a new one. */
  #lookAgain(): void {
    this.#isAskedAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookAll().finally(() => (this.#isLooking = false));
  }

  async #lookAll(): Promise<void> {
    const { look, journal } = this.#options;
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      try {
        await look();
      } catch (error) {
        // An outage is told by the heartbeats; the next look comes.
        if (!postgres.isUnavailable(error) && !errors.hasCode(error, 'CANCELED')) {
          journal.error(error);
        }
      }
    }
  }

  /** An outage is told once, however often is tried. */
  #tell(event: postgres.ListenEvent): void {
    const isDeaf = event.type !== 'LISTENING';
    if (isDeaf && this.#isDeaf) return;
    this.#isDeaf = isDeaf;
    this.#options.journal.record(isDeaf ? 'warn' : 'info', describeListening(event));
  }
}
