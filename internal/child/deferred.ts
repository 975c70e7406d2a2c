/** A promise with its handles outside: Promise.withResolvers, which Node 20 lacks. */

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(this: void, value: T): void;
  reject(this: void, reason: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  let handles!: readonly [(value: T) => void, (reason: unknown) => void];
  const promise = new Promise<T>((...both) => (handles = both));
  const [resolve, reject] = handles;
  return { promise, resolve, reject };
}
