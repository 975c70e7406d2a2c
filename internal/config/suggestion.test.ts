import { expect, it } from 'vitest';

import { KEY_NAMES } from './keys.js';
import { nearest, suggestion } from './problem.js';

it.each([
  ['htpp.port', 'http.port'],
  ['http.prot', 'http.port'],
  ['http_port', 'http.port'],
  ['HTTP.PORT', 'http.port'],
  ['http.bodylimit', 'http.bodyLimit'],
  ['log.lvl', 'log.level'],
  ['pidfile', 'pid.file'],
])('nearest(%s) is %s', (name, key) => {
  expect(nearest(name, KEY_NAMES)).toBe(key);
});

it.each(['elephant', 'x', 'port.http', ''])('nearest(%j) is nothing', (name) => {
  expect(nearest(name, KEY_NAMES)).toBeUndefined();
});

it('suggestion() asks, or says nothing', () => {
  expect(suggestion('prot', ['port'])).toBe(' Did you mean "port"?');
  expect(suggestion('elephant', ['port'])).toBe('');
});
