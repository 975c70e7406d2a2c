/** Keys: the typed names of the values that a context carries. */

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
