/** More slots, or fewer. */

import type { Seat, Seats } from './seats.js';
import type { Worker } from './worker.js';

/** A new slot, with the worker that it was opened for. */
export interface Added {
  readonly seat: Seat;
  readonly worker: Worker;
}

/** Opens slots, or closes those of whoever serves longest, until there are `size`; returns the new ones. */
export function resize(seats: Seats, size: number): readonly Added[] {
  const surplus = Math.max(0, seats.list.length - size);
  const why = `the crew is reduced to ${size}`;
  for (const seat of seats.list.toSorted(byUse).slice(0, surplus)) void seats.remove(seat, { why });
  const added: Added[] = [];
  while (seats.list.length < size) {
    const seat = seats.add();
    added.push({ seat, worker: seat.worker });
  }
  return added;
}

/**
 * Waits until all of `added` are ready. One that gave way to another meanwhile has done its part.
 *
 * @throws the own error of the first that failed (rejection).
 */
export async function admit(seats: Seats, added: readonly Added[]): Promise<void> {
  await Promise.all(added.map((one) => admitOne(seats, one)));
}

/** Closes the slots in which the worker of `added` still is; resolves when they have left. */
export async function takeBack(seats: Seats, added: readonly Added[], why: string): Promise<void> {
  const left = added.filter(({ seat, worker }) => seats.seatOf(worker) === seat);
  await Promise.all(left.map(({ seat }) => seats.remove(seat, { why })));
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
