import { expect, test } from 'vitest';

import type { Happening } from './event.js';
import { describeEvent } from './event.js';

const REASON = 'There is no such script.';

const END = { reason: REASON, wasAsked: false, code: null, signal: null, words: [] };

test.each<Happening>([
  { type: 'WORKER_ENDED', ...END },
  { type: 'WORKER_BACKING_OFF', reason: REASON, delayMs: 100, attempt: 1 },
  { type: 'WORKER_GAVE_UP', reason: REASON, error: new Error(REASON) },
  { type: 'RECYCLE_FAILED', why: 'memory', error: new Error(REASON), delayMs: 100 },
])('describeEvent() of $type is one sentence with one full stop', (happening) => {
  const text = describeEvent({ name: 'http-1', kind: 'http', generation: 1, ...happening });
  expect(text).toMatch(/^Worker "http-1" .*There is no such script\.$/);
});
