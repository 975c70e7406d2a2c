import { describe, expect, test } from 'vitest';

import * as terminal from './index.js';

describe('table()', () => {
  test('aligns columns and leaves no trailing blank', () => {
    const text = terminal.table([
      ['pid', '412', ''],
      ['address', 'x'],
    ]);
    expect(text).toBe('pid      412\naddress  x');
  });

  test('counts what is seen, not colour codes', () => {
    const text = terminal.table([
      ['\u001B[32mok\u001B[39m', 'a'],
      ['four', 'b'],
    ]);
    expect(text.split('\n')[0]).toBe('\u001B[32mok\u001B[39m    a');
  });
});

test.each([
  [0, '0ms'],
  [999.4, '999ms'],
  [8000, '8s'],
  [200_000, '3m 20s'],
  [3_600_000, '1h'],
  [187_200_000, '2d 4h'],
  [86_400_000 + 5000, '1d'],
])('duration(%d) is %s', (ms, text) => {
  expect(terminal.duration(ms)).toBe(text);
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [50 * 1024 * 1024, '50 MiB'],
])('bytes(%d) is %s', (count, text) => {
  expect(terminal.bytes(count)).toBe(text);
});
