import { expect, test } from 'vitest';

import { check } from './guards.js';
import type { Circumstances } from './guards.js';

const ORDINARY: Circumstances = {
  uid: 1000,
  user: '',
  isRootAllowed: true,
  databaseUser: undefined,
  nodeVersion: '20.19.0',
};

test('check() has nothing to say in ordinary circumstances', () => {
  expect(check(ORDINARY)).toEqual([]);
});

test('check() warns root, unless root will drop its privileges', () => {
  expect(check({ ...ORDINARY, uid: 0 })).toHaveLength(1);
  expect(check({ ...ORDINARY, uid: 0, user: 'nobody' })).toEqual([]);
});

test('check() refuses root where the configuration forbids it', () => {
  expect(() => check({ ...ORDINARY, uid: 0, isRootAllowed: false })).toThrow('as root');
});

test('check() refuses the database user postgres and no other', () => {
  expect(() => check({ ...ORDINARY, databaseUser: 'postgres' })).toThrow('security risk');
  expect(check({ ...ORDINARY, databaseUser: 'postgres2' })).toEqual([]);
});

test('check() warns of a Node newer than the newest tried one', () => {
  expect(check({ ...ORDINARY, nodeVersion: '99.1.0' })[0]).toContain('99.1.0');
});

test('check() warns of a database user whose tables would land among our own', () => {
  expect(check({ ...ORDINARY, databaseUser: 'rodent' })[0]).toContain('"rodent"');
  expect(check({ ...ORDINARY, databaseUser: 'app' })).toEqual([]);
});
