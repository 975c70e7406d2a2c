/** What engines say is still alive: requests, sockets, jobs. */

import * as errors from '../errors/index.js';
import type { Registration } from './registration.js';
import type { Pending } from './report.js';

/** Names what is still alive, one short text each: `GET /slow, 3s`. */
export type PendingProvider = () => readonly string[];

/** Asks each provider; those with nothing to say are left out. */
export function collect(providers: Iterable<Registration<PendingProvider>>): Pending[] {
  return [...providers].map(ask).filter(({ items }) => items.length > 0);
}

function ask({ name, fn }: Registration<PendingProvider>): Pending {
  try {
    return { name, items: fn() };
  } catch (error) {
    return { name, items: [`cannot be listed: ${errors.describe(error)}`] };
  }
}
