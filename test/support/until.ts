/** Waiting for a condition that no event announces: a file, a lock, another process's state. */

import { setTimeout as sleep } from 'node:timers/promises';

/** A limit that only a failure reaches, in milliseconds. */
const LIMIT_MS = 60_000;

/**
 * Resolves with the first truthy value of `probe`, asked every 10 ms.
 *
 * @throws Error naming `what` when a minute passes without one.
 */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${LIMIT_MS} ms in vain for ${what}`);
    await sleep(10);
  }
}
