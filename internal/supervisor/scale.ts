/** More slots, or fewer. */

import type { Seat, Seats } from './seats.js';
import type { Worker } from './worker.js';

/** A new slot, with the worker that it was opened for. */
export interface Added {
  readonly seat: Seat;
  readonly worker: Worker;
}

/** To how many slots, and how fast. */
export interface Resizing {
  readonly size: number;
  /** How many slots may be opened at once. */
  readonly concurrency: number;
}

/**
 * Closes the slots of whoever serves longest until there are at most `size`, or opens new ones until
 * there are as many, but no more than `concurrency`; returns the new ones.
 */
export function resize(seats: Seats, { size, concurrency }: Resizing): readonly Added[] {
  const surplus = Math.max(0, seats.list.length - size);
  const why = `the crew is reduced to ${size}`;
  for (const seat of seats.list.toSorted(byUse).slice(0, surplus)) void seats.remove(seat, { why });
  const added: Added[] = [];
  while (seats.list.length < size && added.length < concurrency) {
    const seat = seats.add();
    added.push({ seat, worker: seat.worker });
  }
  return added;
}

/**
 * Opens slots with `open` until there are `size` or it opens none; waits after each batch until all of
 * it are ready. What was opened is added to `added`, also where this fails.
 *
 * @throws the own error of the first that failed (rejection), and what `open` throws.
 */
export async function grow(
  seats: Seats,
  { size, added }: { readonly size: number; readonly added: Added[] },
  open: () => Promise<readonly Added[]>,
): Promise<void> {
  let batch: readonly Added[];
  do {
    batch = await open();
    added.push(...batch);
    await admit(seats, batch);
  } while (batch.length > 0 && seats.list.length < size);
}

/** Closes the slots in which the worker of `added` still is; resolves when they have left. */
export async function takeBack(seats: Seats, added: readonly Added[], why: string): Promise<void> {
  const left = added.filter(({ seat, worker }) => seats.seatOf(worker) === seat);
  await Promise.all(left.map(({ seat }) => seats.remove(seat, { why })));
}

/** Waits until all of `added` are ready. One that gave way to another meanwhile has done its part. */
async function admit(seats: Seats, added: readonly Added[]): Promise<void> {
  await Promise.all(added.map((one) => admitOne(seats, one)));
}

async function admitOne(seats: Seats, { seat, worker }: Added): Promise<void> {
  try {
    await worker.whenReady();
    if (seats.seatOf(worker) === seat) seats.confirm(seat);
  } catch (error) {
    if (seats.seatOf(worker) === seat) throw error;
  }
}

/** Those that are of no use first, then by age. */
function byUse(one: Seat, other: Seat): number {
  return use(one) - use(other) || one.worker.startedMs - other.worker.startedMs;
}

function use({ worker }: Seat): number {
  return worker.state === 'RUNNING' ? 1 : 0;
}
