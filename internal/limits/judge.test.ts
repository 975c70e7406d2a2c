import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type * as child from '../child/index.js';
import * as limits from './index.js';

const MIB = 1 << 20;
const CALM: child.Vitals = {
  requests: 9999,
  active: 3,
  connections: 5,
  memoryBytes: 400 * MIB,
  heapBytes: 100 * MIB,
  cpuMs: 59_000,
  loopDelayMs: { p50: 0.1, p99: 2, max: 5 },
  overdue: [],
};
const LIMITS: limits.Limits = {
  maxRequests: 10_000,
  memorySoftBytes: 512 * MIB,
  memoryHardBytes: 1024 * MIB,
  cpuMs: 60_000,
};

describe('judge()', () => {
  test('finds nothing in a worker within its limits', () => {
    expect(limits.judge({ vitals: CALM, memoryBeforeBytes: 600 * MIB }, LIMITS)).toBeUndefined();
  });

  test('finds nothing where nothing is known', () => {
    expect(limits.judge({}, LIMITS)).toBeUndefined();
  });

  test.each<[string, Partial<child.Vitals>, limits.Verdict['action'], string]>([
    ['requests', { requests: 10_000 }, 'recycle', 'answered 10,000 requests'],
    ['processor time', { cpuMs: 61_500 }, 'recycle', 'used 1m 1s of processor time'],
    [
      'memory kept',
      { memoryBytes: 612 * MIB },
      'recycle',
      'resident memory 612 MiB is over 512 MiB',
    ],
    [
      'memory at once',
      { memoryBytes: 1200 * MIB },
      'kill',
      'resident memory 1.2 GiB is over 1 GiB',
    ],
    ['its probe', { unhealthy: 'status 500' }, 'recycle', 'it is unhealthy: status 500'],
    [
      'one request',
      { overdue: ['GET /report (130.2 s)'] },
      'recycle',
      'a request goes on long after its deadline: GET /report (130.2 s)',
    ],
    [
      'requests',
      { overdue: ['GET /a (150.0 s)', 'GET /b (140.0 s)', 'GET /c (131.5 s)'] },
      'recycle',
      'a request goes on long after its deadline: GET /a (150.0 s), and 2 more',
    ],
  ])('names %s as the reason', (_, vitals, action, why) => {
    const subject = { vitals: { ...CALM, ...vitals }, memoryBeforeBytes: 600 * MIB };
    expect(limits.judge(subject, LIMITS)).toEqual({ action, why });
  });

  test.each([undefined, 500 * MIB, 512 * MIB])(
    'forgives a spike of memory: %s before, over the soft limit now',
    (memoryBeforeBytes) => {
      const subject = { memoryBytes: 700 * MIB, ...(memoryBeforeBytes && { memoryBeforeBytes }) };
      expect(limits.judge(subject, LIMITS)).toBeUndefined();
    },
  );

  test('takes the memory seen from outside before what the last beat said', () => {
    const subject = { vitals: CALM, memoryBytes: 2048 * MIB };
    expect(limits.judge(subject, LIMITS)).toEqual({
      action: 'kill',
      why: 'resident memory 2 GiB is over 1 GiB',
    });
  });

  const vitals = fc.record({
    requests: fc.nat(20_000),
    memoryBytes: fc.nat(2048 * MIB),
    cpuMs: fc.nat(120_000),
  });
  const before = fc.nat(2048 * MIB);

  test('without limits finds nothing in a healthy worker', () => {
    const none = fc.constantFrom(
      {},
      { maxRequests: 0, memorySoftBytes: 0, memoryHardBytes: 0, cpuMs: 0 },
    );
    fc.assert(
      fc.property(vitals, before, none, (figures, memoryBeforeBytes, limit) => {
        const subject = { vitals: { ...CALM, ...figures }, memoryBeforeBytes };
        expect(limits.judge(subject, limit)).toBeUndefined();
      }),
    );
  });

  test('kills exactly when the hard limit is passed, and never forgives who uses more', () => {
    fc.assert(
      fc.property(vitals, before, fc.nat(MIB), (figures, memoryBeforeBytes, more) => {
        const subject = { vitals: { ...CALM, ...figures }, memoryBeforeBytes };
        const verdict = limits.judge(subject, LIMITS);
        expect(verdict?.action === 'kill').toBe(figures.memoryBytes > 1024 * MIB);
        const grown = {
          requests: figures.requests + more,
          memoryBytes: figures.memoryBytes + more,
          cpuMs: figures.cpuMs + more,
        };
        const later = limits.judge({ ...subject, vitals: { ...CALM, ...grown } }, LIMITS);
        expect(verdict !== undefined && later === undefined).toBe(false);
      }),
    );
  });
});

describe('jittered()', () => {
  test('lies between the limit and the limit with all of the jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e5),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (limit, jitter, random) => {
          const value = limits.jittered(limit, jitter, () => random);
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(limit);
          expect(value).toBeLessThanOrEqual(limit + jitter);
        },
      ),
    );
  });

  test('reaches both ends', () => {
    expect(limits.jittered(10, 3, () => 0)).toBe(10);
    expect(limits.jittered(10, 3, () => 0.999)).toBe(13);
  });

  test('leaves no limit as it is', () => {
    expect(limits.jittered(0, 100)).toBe(0);
  });
});
