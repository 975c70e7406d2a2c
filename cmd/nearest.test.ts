import { expect, test } from 'vitest';

import { nearest } from './nearest.js';

test.each([
  ['stpo', 'stop'],
  ['STATUS', 'status'],
  ['relod', 'reload'],
  ['detatched', 'detached'],
  ['x', undefined],
  ['frobnicate', undefined],
])('nearest(%s) is %s', (word, expected) => {
  expect(nearest(word, ['stop', 'status', 'reload', 'detached'])).toBe(expected);
});
