/** Listening to a signal for as long as something runs. */

import { setMaxListeners } from 'node:events';

/**
 * Calls `act` when `signal` is aborted, now if it is already, until the function that this returns is
 * called.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) act();
  // One signal may well stop many statements at once; each takes its listener back.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}
