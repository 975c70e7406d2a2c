/** The slots of a crew, who serves in each, who is about to and who still drains. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { Observer } from './event.js';
import { History } from './history.js';
import type { Edition, Slot } from './slot.js';
import { lowestFree, optionsFor } from './slot.js';
import { Spares } from './spares.js';
import { Worker } from './worker.js';

/** One slot. */
export interface Seat {
  readonly number: number;
  readonly name: string;
  /** Of everything that served here. */
  readonly history: History;
  /** Who serves, or shall. */
  worker: Worker;
  /** What `worker` was made by. */
  edition: Edition;
  /** Who takes over when it has settled. */
  candidate: { readonly worker: Worker; readonly edition: Edition } | undefined;
}

/** Why a worker is asked to leave: for itself, and for its slot's status where that says it otherwise. */
export interface Farewell {
  readonly why: string;
  readonly told?: string;
}

/** How the slots are kept. */
export interface SeatsOptions {
  readonly prefix: string;
  readonly spares: number;
  readonly observe: Observer | undefined;
}

/** The slots: it starts and stops whoever is in them, and knows everybody. */
export class Seats {
  readonly #options: SeatsOptions;
  readonly #spares: Spares;
  #seats: readonly Seat[] = [];
  /** Asked to leave, with the number of the slot they served in. */
  readonly #draining = new Map<Worker, number>();
  #edition: Edition;
  #isClosed = false;

  constructor(edition: Edition, options: SeatsOptions) {
    this.#edition = edition;
    this.#options = options;
    this.#spares = new Spares(options.spares, (slot, edition) =>
      this.#create(slot, edition, { history: new History(), isTrial: false }),
    );
  }

  /** In the order of their numbers. */
  get list(): readonly Seat[] {
    return this.#seats;
  }

  /** What new slots and spares are made by. */
  get edition(): Edition {
    return this.#edition;
  }

  /** Whether nobody is started any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Everybody, slot by slot: who serves, is about to or drains; the spares last. */
  get all(): readonly Worker[] {
    const ranked: (readonly [number, Worker])[] = this.#seats.flatMap(
      ({ number, worker, candidate }) =>
        [worker, candidate?.worker]
          .filter((someone) => someone !== undefined)
          .map((someone) => [number, someone] as const),
    );
    const draining = [...this.#draining].map(([worker, number]) => [number, worker] as const);
    const inSlots = [...ranked, ...draining].toSorted(([one], [other]) => one - other);
    return [...new Set([...inSlots.map(([, worker]) => worker), ...this.#spares.list])];
  }

  /** The slot in which `worker` serves. */
  seatOf(worker: Worker): Seat | undefined {
    return this.#seats.find((seat) => seat.worker === worker);
  }

  /** Opens the free slot of the lowest number and starts its worker, once: `confirm` lets it retry. */
  add(): Seat {
    const number = lowestFree(this.#seats.map((seat) => seat.number));
    const name = `${this.#options.prefix}-${number}`;
    const edition = this.#edition;
    const history = new History();
    const worker = this.#create({ name, isSpare: false }, edition, { history, isTrial: true });
    const seat: Seat = { number, name, history, worker, edition, candidate: undefined };
    this.#seats = [...this.#seats, seat].toSorted((one, other) => one.number - other.number);
    worker.start();
    return seat;
  }

  /** The worker of a new slot was ready: from now on it is kept by its own rules. */
  confirm(seat: Seat): void {
    const options = optionsFor(placeOf(seat), seat.edition, this.#options.observe);
    seat.worker.place.adopt(options, seat.history);
  }

  /** Closes a slot; resolves when its worker has left. */
  async remove(seat: Seat, farewell: Farewell): Promise<void> {
    this.#seats = this.#seats.filter((other) => other !== seat);
    await this.#retire(seat.worker, seat.number, farewell);
  }

  /** Starts a worker, once, that is to take over in `seat`. */
  hire(seat: Seat, edition: Edition): Worker {
    const worker = this.#create(placeOf(seat), edition, { history: new History(), isTrial: true });
    seat.candidate = { worker, edition };
    worker.start();
    return worker;
  }

  /** Lets the candidate take over, and asks who served to leave. */
  promote(seat: Seat, farewell: Farewell): void {
    const { worker: old, candidate } = seat;
    if (candidate === undefined) return;
    seat.candidate = undefined;
    seat.worker = candidate.worker;
    seat.edition = candidate.edition;
    this.confirm(seat);
    void this.#retire(old, seat.number, farewell);
  }

  /** Gives the candidate up, and sees to it that somebody serves. */
  dismiss(seat: Seat): void {
    const candidate = seat.candidate?.worker;
    seat.candidate = undefined;
    const isVacant = ['STOPPING', 'STOPPED', 'EXITED'].includes(seat.worker.state);
    if (isVacant && !this.#isClosed) this.#fill(seat);
    const why = 'it is not needed any more';
    if (candidate !== undefined) void this.#retire(candidate, seat.number, { why });
  }

  /** From now on `edition` is what is made; the spares are exchanged. */
  commit(edition: Edition): void {
    this.#edition = edition;
    for (const spare of this.#spares.clear()) {
      void this.#retire(spare, Infinity, { why: `generation ${edition.generation}` });
    }
    this.bootSpares();
  }

  /** Starts as many spares as there should be. */
  bootSpares(): void {
    if (!this.#isClosed) this.#spares.boot(this.#edition);
  }

  /** Starts nobody any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Puts somebody who serves into `seat`: a spare, else a new worker. */
  #fill(seat: Seat): void {
    if (this.#takeSpare(seat)) return;
    seat.worker = this.#create(placeOf(seat), seat.edition, {
      history: seat.history,
      isTrial: false,
    });
    seat.worker.start();
  }

  #takeSpare(seat: Seat): boolean {
    if (seat.history.failures.isOver(clock.monotonicMs())) return false;
    const spare = this.#spares.take(seat.edition.generation);
    if (spare === undefined) return false;
    const { name } = spare;
    seat.worker = spare;
    this.confirm(seat);
    spare.activate();
    spare.tell({ type: 'SPARE_PROMOTED', spare: name });
    this.bootSpares();
    return true;
  }

  async #retire(worker: Worker, number: number, { why, told }: Farewell): Promise<void> {
    if (worker.startedMs > 0) this.#draining.set(worker, number);
    await worker.stop({ kind: 'replaced', why }, told);
    this.#draining.delete(worker);
  }

  #create(
    place: Pick<Slot, 'name' | 'isSpare'>,
    edition: Edition,
    how: { readonly history: History; readonly isTrial: boolean },
  ): Worker {
    if (this.#isClosed) {
      throw new errors.RodentError('The crew stops: nobody is started any more.', {
        code: 'CANCELED',
      });
    }
    const options = optionsFor(place, edition, this.#options.observe);
    const worker: Worker = new Worker(
      how.isTrial ? { ...options, startRetries: 0 } : options,
      how.history,
      {
        mayRestart: () => this.#mayRestart(worker),
        handleLeaving: (why) => this.#handleLeaving(worker, why),
      },
    );
    return worker;
  }

  /** Not when another has taken over, or is about to and already serves. */
  #mayRestart(worker: Worker): boolean {
    if (this.#isClosed) return false;
    const seat = this.seatOf(worker);
    if (seat === undefined) return this.#spares.list.includes(worker);
    return seat.candidate?.worker.state !== 'RUNNING' && !this.#takeSpare(seat);
  }

  /** One that leaves too often is not replaced at once: its own machine delays the restart. */
  #handleLeaving(worker: Worker, why: string): void {
    const seat = this.seatOf(worker);
    const nowMs = clock.monotonicMs();
    if (this.#isClosed || seat === undefined || seat.history.failures.isOver(nowMs)) return;
    seat.history.failures.note(nowMs);
    if (seat.candidate === undefined) this.#fill(seat);
    void this.#retire(worker, seat.number, { why, told: `left: ${why}` });
  }
}

function placeOf({ name }: Seat): Pick<Slot, 'name' | 'isSpare'> {
  return { name, isSpare: false };
}
