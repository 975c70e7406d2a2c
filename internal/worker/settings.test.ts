/** The keys that say how a worker behaves. */

import { expect, it } from 'vitest';

import { settingsOf } from './settings.js';

it('settings have defaults, those of a supervised worker included', () => {
  expect(settingsOf({})).toMatchObject({ heartbeatMs: 10_000, graceMs: 10_000, maxFailures: 0 });
  expect(settingsOf({}, true).maxFailures).toBe(5);
  expect(settingsOf({ max_failures: '0', heartbeat_ms: '100' }, true)).toMatchObject({
    maxFailures: 0,
    heartbeatMs: 100,
  });
});

it('settings that are no numbers are all named', () => {
  expect(() => settingsOf({ heartbeat_ms: '10s', grace_ms: '-1' })).toThrow(
    /heartbeat_ms[^]*grace_ms/,
  );
});
