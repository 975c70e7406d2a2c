/**
 * The values of a context: their typed names, and a chain of their own, so that a look-up passes no
 * context without one.
 */

declare const carried: unique symbol;

/**
 * The name of a value of type T. Two keys are never the same, whatever their names, so packages cannot
 * read or hide each other's values; who shall read a value is given its key.
 */
export interface Key<T> {
  /** For people who debug; it takes no part in looking a value up. */
  readonly name: string;
  /** Only for the compiler: ties T to the key in both directions. */
  readonly [carried]?: (value: T) => T;
}

/**
 * Makes a key. Make it once, beside the function that reads the value.
 *
 * @example
 * const REQUEST_ID = context.createKey<string>('request id');
 * const ctx = context.withValue(parent, REQUEST_ID, 'r-17');
 * ctx.value(REQUEST_ID); // 'r-17'
 */
export function createKey<T>(name: string): Key<T> {
  return Object.freeze({ name });
}

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
