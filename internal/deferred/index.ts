/**
 * Package deferred: a promise whose ends are held by whoever made it, where the code that settles it is
 * not the code that begins the wait. Its rejections want a handler like those of any promise.
 *
 * Source: Promise.withResolvers, which Node 20 lacks.
 */

/** A promise and what settles it; the functions may be passed on by themselves. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(this: void, value: T): void;
  reject(this: void, reason: unknown): void;
}

/** Makes one that is not settled. */
export function create<T>(): Deferred<T> {
  let handles!: readonly [(value: T) => void, (reason: unknown) => void];
  const promise = new Promise<T>((...both) => (handles = both));
  const [resolve, reject] = handles;
  return { promise, resolve, reject };
}
