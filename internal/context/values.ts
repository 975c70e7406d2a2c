/** The values of a context: a chain of their own, so that a look-up passes no context without one. */

import type { Key } from './key.js';

/** Where a chain goes on outside: a context of another make. */
interface Beyond {
  value<T>(key: Key<T>): T | undefined;
}

/** One value and those beneath it. */
export class Entry {
  readonly key: object;
  readonly value: unknown;
  readonly next: Values;

  constructor(key: object, value: unknown, next: Values) {
    this.key = key;
    this.value = value;
    this.next = next;
  }
}

/** All values, nearest first; undefined when there are none. */
export type Values = Entry | Beyond | undefined;

/** The value of the nearest entry with `key`, or undefined. */
export function find<T>(values: Values, key: Key<T>): T | undefined {
  let at = values;
  while (at instanceof Entry) {
    if (isFor(at, key)) return at.value;
    at = at.next;
  }
  return at?.value(key);
}

/** Only `withValue` makes entries, from a key and a value of its type. */
function isFor<T>(entry: Entry, key: Key<T>): entry is Entry & { readonly value: T } {
  return entry.key === key;
}
