/** Request ids: the client's where it is harmless, else ours. */

import crypto from 'node:crypto';

const HARMLESS = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Returns a function that takes the value of `x-request-id` and gives the id of the request.
 *
 * Ours are a random prefix per process and a counter: unique among processes, cheap, not a secret.
 * Source: seed 004, R-ROD-34; a client's free text must not reach the log (W-ROD-14).
 */
export function createRequestIds(): (given: string | string[] | undefined) => string {
  // With twelve characters V8 keeps the id as one piece; a longer one is put together when it is sent.
  const prefix = crypto.randomBytes(5).toString('base64url').slice(0, 6).replaceAll('_', '.');
  let count = 0;
  return (given) => {
    if (typeof given === 'string' && HARMLESS.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
