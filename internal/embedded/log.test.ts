import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { bound, openLog, wordsIn } from './log.js';

const SIX_MIB = 6 * 1024 * 1024;

test('the words of a log are its last lines since it was opened', () => {
  const file = path.join(tempDir(), 'server.log');
  fs.writeFileSync(file, 'of an earlier server\n');
  const log = openLog(file);
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  fs.writeSync(log.fd, `${lines.join('\n')}\n`);
  fs.closeSync(log.fd);
  expect(log.words()).toEqual(lines.slice(-20));
  expect(wordsIn(path.join(tempDir(), 'none'))).toEqual([]);
});

test('a log that has grown while its server runs is moved aside and goes on', () => {
  const file = path.join(tempDir(), 'server.log');
  const log = openLog(file);
  fs.writeSync(log.fd, 'small\n');
  bound(file);
  expect(fs.readFileSync(file, 'utf8')).toBe('small\n');
  fs.writeSync(log.fd, Buffer.alloc(SIX_MIB, 'x'));
  bound(file);
  fs.writeSync(log.fd, 'on\n');
  fs.closeSync(log.fd);
  expect(fs.readFileSync(file, 'utf8')).toBe('on\n');
  expect(fs.statSync(`${file}.1`).size).toBe(SIX_MIB + 6);
  expect(log.words()).toEqual(['on']);
});
