import { describe, expect, test } from 'vitest';

import { Stall } from './stall.js';
import type { Finding, Look } from './stall.js';

const LIMITS = { lookMs: 100, stuckMs: 1000, orphanMs: 500 };

/** Looks at a loop that does not move, every 100 ms unless told otherwise. */
function scene(): (
  looks: number,
  seen?: Partial<Look> & { readonly everyMs?: number },
) => Finding[] {
  const stall = new Stall(LIMITS, 0);
  let [nowMs, beats] = [0, 0];
  return (looks, { everyMs = 100, ...seen } = {}) =>
    Array.from({ length: looks }, () => {
      nowMs += everyMs;
      beats = seen.beats ?? beats;
      return stall.look({ nowMs, isDebugged: false, isOrphan: false, ...seen, beats });
    }).filter((finding) => finding !== undefined);
}

describe('a silent event loop', () => {
  test('is stuck when its silence is as long as the limit, and only once', () => {
    const look = scene();
    expect(look(9)).toEqual([]);
    expect(look(1)).toEqual(['stuck']);
    expect(look(100)).toEqual([]);
  });

  test('is unstuck when it moves, and may be stuck anew', () => {
    const look = scene();
    look(10);
    expect(look(1, { beats: 1 })).toEqual(['unstuck']);
    expect(look(9)).toEqual([]);
    expect(look(1)).toEqual(['stuck']);
  });

  test('that moves in time is no matter', () => {
    const look = scene();
    for (let beats = 1; beats < 50; beats++) {
      expect(look(9)).toEqual([]);
      expect(look(1, { beats })).toEqual([]);
    }
  });

  test('was not silent while the looking side was suspended itself', () => {
    const look = scene();
    expect(look(1, { everyMs: 3_600_000 })).toEqual([]);
    expect(look(7)).toEqual([]);
    expect(look(1)).toEqual(['stuck']);
  });

  test('is debugged while a debugger may hold it, and no orphan of ours', () => {
    const look = scene();
    expect(look(100, { isDebugged: true, isOrphan: true })).toEqual(['debugged']);
    expect(look(1, { beats: 1, isDebugged: true })).toEqual(['unstuck']);
  });
});

describe('an orphan', () => {
  test('that moves is left alone', () => {
    const look = scene();
    for (let beats = 1; beats < 50; beats++) {
      expect(look(1, { beats, isOrphan: true })).toEqual([]);
    }
  });

  test('that was stuck before is lost when its time has passed', () => {
    const look = scene();
    expect(look(20)).toEqual(['stuck']);
    expect(look(4, { isOrphan: true })).toEqual([]);
    expect(look(1, { isOrphan: true })).toEqual(['lost']);
  });

  test('that gets stuck later has the time of every other, and is told first', () => {
    const look = scene();
    expect(look(9, { isOrphan: true })).toEqual([]);
    expect(look(2, { isOrphan: true })).toEqual(['stuck', 'lost']);
  });

  test('that moves again in time is left alone', () => {
    const look = scene();
    look(14, { isOrphan: true });
    look(1, { beats: 1, isOrphan: true });
    expect(look(9, { isOrphan: true })).toEqual([]);
  });
});
