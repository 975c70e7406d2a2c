/** A reload as a transaction: all workers of the new generation, or the old one as it was. */

import * as context from '../context/index.js';
import type { Seat, Seats } from './seats.js';
import type { Edition } from './slot.js';

/** What a reload goes by. */
export interface ReloadOptions {
  /** Until when it may go on; afterwards it is rolled back. */
  readonly ctx: context.Context;
  /** Ends with the crew: then nothing is rolled back. */
  readonly life: context.Context;
  /** Is told each step: a sentence without its full stop. */
  readonly onProgress: (text: string) => void;
}

/** A slot whose worker is of the new generation, and what the one before was made by. */
interface Done {
  readonly seat: Seat;
  readonly previous: Edition;
}

/**
 * Puts a worker of `next` into each slot, one after the other: the old one is asked to leave when the
 * new one has settled, and its end is not waited for.
 *
 * @throws what the first worker that failed threw (rejection), or what ended `ctx`; the old generation
 *   then serves in every slot.
 */
export async function reload(seats: Seats, next: Edition, options: ReloadOptions): Promise<void> {
  const done: Done[] = [];
  try {
    for (const seat of seats.list) {
      const previous = seat.edition;
      await exchange(seats, seat, { edition: next, ...options });
      done.push({ seat, previous });
    }
    for (const { seat } of done) await context.race(options.ctx, seat.worker.whenSettled());
  } catch (error) {
    options.onProgress('The reload failed; the generation before it goes on');
    await Promise.all(done.map((one) => rollBack(seats, one, options)));
    throw error;
  }
  seats.commit(next);
}

async function exchange(
  seats: Seats,
  seat: Seat,
  { edition, ctx, onProgress }: ReloadOptions & { readonly edition: Edition },
): Promise<void> {
  const { generation } = edition;
  onProgress(`${seat.name}: generation ${generation} starts`);
  try {
    await context.race(ctx, seats.hire(seat, edition).whenSettled());
  } catch (error) {
    seats.dismiss(seat);
    throw error;
  }
  onProgress(`${seat.name}: generation ${generation} serves`);
  seats.promote(seat, { why: `generation ${generation}` });
}

/** Where the old generation does not start any more either, the new worker is better than none. */
async function rollBack(
  seats: Seats,
  { seat, previous }: Done,
  { life, onProgress }: ReloadOptions,
): Promise<void> {
  if (seats.isClosed) return;
  const { generation } = previous;
  try {
    await context.race(life, seats.hire(seat, previous).whenReady());
    seats.promote(seat, { why: `back to generation ${generation}` });
    onProgress(`${seat.name}: generation ${generation} serves again`);
  } catch (error) {
    seats.dismiss(seat);
    if (!seats.isClosed) seat.worker.tell({ type: 'ROLLBACK_FAILED', error });
  }
}
