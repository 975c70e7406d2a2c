import { describe, expect, test } from 'vitest';

import { FailureCounter, delayMs } from './backoff.js';

describe('the ladder', () => {
  const delays = (random: () => number): number[] =>
    [0, 1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => Math.round(delayMs(attempt, { random })));

  test('leads from 100 ms to 30 s in six equal factors, and stays there', () => {
    const expected = [100, 259, 669, 1732, 4481, 11_595, 30_000, 30_000, 30_000];
    expect(delays(() => 0)).toEqual(expected);
  });

  test('makes each delay longer by up to a half', () => {
    expect(delays(() => 0.5)[0]).toBe(125);
    expect(delays(() => 0.999_999)[6]).toBe(45_000);
  });

  test('has the first, last and number of its steps chosen', () => {
    const options = { firstMs: 10, lastMs: 1000, steps: 2, random: () => 0 };
    expect([0, 1, 2, 3].map((attempt) => Math.round(delayMs(attempt, options)))).toEqual([
      10, 100, 1000, 1000,
    ]);
  });
});

describe('the failure counter', () => {
  test('counts a failure half after each half-life', () => {
    const counter = new FailureCounter();
    counter.note(0);
    counter.note(0);
    expect([0, 30_000, 60_000].map((at) => counter.countAt(at))).toEqual([2, 1, 0.5]);
    counter.note(30_000);
    expect(counter.countAt(30_000)).toBe(2);
  });

  test('is over with the sixth failure at once', () => {
    const counter = new FailureCounter();
    const over = Array.from({ length: 6 }, () => {
      counter.note(1000);
      return counter.isOver(1000);
    });
    expect(over).toEqual([false, false, false, false, false, true]);
  });

  test('is never over with a failure every ten seconds, and is with one every nine', () => {
    const isOverEvery = (ms: number): boolean => {
      const counter = new FailureCounter();
      for (let at = 0; at < 1_000_000; at += ms) counter.note(at);
      return counter.isOver(1_000_000 - (1_000_000 % ms || ms));
    };
    expect([isOverEvery(10_000), isOverEvery(9000)]).toEqual([false, true]);
  });

  test('forgets all when it is reset', () => {
    const counter = new FailureCounter({ threshold: 1, halfLifeMs: 10 });
    counter.note(0);
    counter.note(0);
    counter.reset();
    expect(counter.countAt(0)).toBe(0);
  });
});
