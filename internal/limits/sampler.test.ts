import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as limits from './index.js';

function open(): limits.Sampler {
  const sampler = limits.openSampler();
  onTestFinished(() => sampler.close());
  return sampler;
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('read()', () => {
  test('tells of a stall that begins right after the last read', async () => {
    const sampler = open();
    sampler.read();
    block(500);
    await sleep(1);
    expect(sampler.read().loopDelayMs.max).toBeGreaterThan(400);
  });

  test('tells of a stall that delays the read itself, and only once', async () => {
    const sampler = open();
    block(1500);
    const { p50, p99, max } = sampler.read().loopDelayMs;
    expect([p50, p99, max].map((ms) => ms > 1400)).toEqual([true, true, true]);
    await sleep(1);
    expect(sampler.read().loopDelayMs.max).toBeLessThan(1400);
  });

  test('tells of a stall between two reads among many turns', async () => {
    const sampler = open();
    for (let turn = 0; turn < 10; turn++) await sleep(20);
    block(300);
    for (let turn = 0; turn < 10; turn++) await sleep(20);
    const { p50, p99, max } = sampler.read().loopDelayMs;
    expect(max).toBeGreaterThan(200);
    expect(p99).toBeLessThanOrEqual(max);
    expect(p50).toBeLessThan(max);
  });

  test('tells memory, heap, and processor time since the start of the process', async () => {
    const sampler = open();
    const before = sampler.read();
    expect(before.heapBytes).toBeGreaterThan(1 << 20);
    expect(before.memoryBytes).toBeGreaterThan(1 << 20);
    await until('processor time', () => {
      block(10);
      return sampler.read().cpuMs > before.cpuMs;
    });
  });
});
