/** What is under way, in order of arrival. */

/** A link of the queue: what joins it carries its neighbours itself. */
export interface Link<T> {
  previous: T | undefined;
  next: T | undefined;
  isQueued: boolean;
}

/**
 * A list that anything may leave from the middle.
 *
 * Road not taken: a Set keeps the order too, but a table with a few members that come and go for ever
 * is rebuilt every few dozen of them; that was the dearest line of a request.
 */
export class Queue<T extends Link<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    if (item.isQueued) return;
    item.isQueued = true;
    item.previous = this.#last;
    item.next = undefined;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Says whether `item` was in the queue. */
  delete(item: T): boolean {
    if (!item.isQueued) return false;
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.isQueued = false;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
    return true;
  }

  /** Whoever leaves while the loop runs is not visited any more, if it was not yet. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (const item of Array.from(this.#all())) if (item.isQueued) yield item;
  }

  *#all(): Generator<T, void, undefined> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item;
  }
}
