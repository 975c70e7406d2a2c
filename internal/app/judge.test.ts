import { expect, test } from 'vitest';

import * as config from '../config/index.js';
import { Judge } from './judge.js';

function limitedTo(maxRequests: number): config.Config {
  const env = { RODENT_LIMITS_MAX_REQUESTS: String(maxRequests) };
  return config.load({ env, cwd: '/', homeDir: '/nonexistent', flags: {} });
}

const VITALS = {
  requests: 100,
  active: 0,
  connections: 0,
  memoryBytes: 1,
  heapBytes: 1,
  cpuMs: 1,
  loopDelayMs: { p50: 0, p99: 0, max: 0 },
  overdue: [],
};

test('a limit of requests that a reload brings or lifts holds for workers that were judged before', () => {
  let current = limitedTo(0);
  const judge = new Judge(() => current);
  const verdict = (): unknown =>
    judge.judge({
      name: 'http-1',
      kind: 'http',
      state: 'RUNNING',
      pid: process.pid,
      generation: 1,
      isSpare: false,
      isSuspended: false,
      since: '2026-01-01T00:00:00.000Z',
      restarts: 0,
      vitals: VITALS,
    });
  expect(verdict()).toBeUndefined();
  current = limitedTo(50);
  expect(verdict()).toMatchObject({ why: expect.stringContaining('100 requests') as string });
  current = limitedTo(0);
  expect(verdict()).toBeUndefined();
});
