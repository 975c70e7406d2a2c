/** From AbortSignal to context: signals of anybody, and contexts of another make. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import type { CancelContext, Context } from './context.js';
import { TreeCancelContext, TreeContext } from './context.js';
import type { EndingCode } from './ending.js';
import { Ending } from './ending.js';
import type { Deadline } from './lifetime.js';
import { Lifetime } from './lifetime.js';

/**
 * Derives from `parent` (default: a background context) a context that is also done when `signal`
 * aborts. The cause is the signal's reason; the code is `DEADLINE_EXCEEDED` when that is a timeout
 * (of AbortSignal.timeout or of a context), else `CANCELED`. It listens to the signal until it is done,
 * so cancel it when the work is over. In the other direction take `ctx.signal`.
 *
 * @example
 * using ctx = context.fromSignal(request.signal, life.ctx); // the client left, or the service stops
 */
export function fromSignal(signal: AbortSignal, parent?: Context): CancelContext {
  const lifetime = parent === undefined ? new Lifetime() : lifetimeUnder(parent);
  const ctx = new TreeCancelContext(lifetime, parent ?? new TreeContext(undefined, undefined));
  follow(lifetime, signal);
  return ctx;
}

/** Makes a lifetime that ends with `parent` at the latest. */
export function lifetimeUnder(parent: Context): Lifetime {
  const origin = TreeContext.originOf(parent);
  if (origin === undefined || origin instanceof Lifetime) return new Lifetime(origin);
  const lifetime = new Lifetime();
  const limit = limitOf(origin);
  if (limit !== undefined) lifetime.setLimit(limit);
  follow(lifetime, origin.signal, origin);
  return lifetime;
}

/** Ends `lifetime` when `signal`, of `parent`, aborts; the listener goes when the lifetime has ended. */
function follow(lifetime: Lifetime, signal: AbortSignal, parent?: Context): void {
  const end = (): void =>
    lifetime.end(new Ending(codeOf(parent?.err ?? signal.reason), signal.reason));
  if (signal.aborted) {
    end();
    return;
  }
  signal.addEventListener('abort', end, { once: true });
  lifetime.onEnd(() => signal.removeEventListener('abort', end));
}

/** The deadline of a context of another make; reading its error lets it look at the clock itself. */
function limitOf(parent: Context): Deadline | undefined {
  const atMs = parent.deadline?.getTime();
  if (atMs === undefined) return undefined;
  const dueMs = clock.monotonicMs() + (atMs - Date.now());
  return { atMs, dueMs, expire: () => void parent.err };
}

function codeOf(reason: unknown): EndingCode {
  const isTimeout =
    errors.hasCode(reason, 'DEADLINE_EXCEEDED') ||
    (reason instanceof DOMException && reason.name === 'TimeoutError');
  return isTimeout ? 'DEADLINE_EXCEEDED' : 'CANCELED';
}
