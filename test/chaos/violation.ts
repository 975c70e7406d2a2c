/** What chaos found, and the waiting that finds what never happens. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Something that must always hold did not. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A limit that only a failure reaches, in milliseconds: a ladder of restarts goes up to 30 s a step. */
export const LIMIT_MS = 120_000;

/** Asks `probe` again and again until it returns something truthy, and returns that. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > end) throw new Violation(`Waited ${LIMIT_MS} ms in vain for ${what}.`);
    await sleep(25);
  }
}

/** Throws unless `holds`. */
export function mustHold(holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(what());
}
