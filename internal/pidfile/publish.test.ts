import fs from 'node:fs';

import { expect, test } from 'vitest';

import * as pidfile from './index.js';
import { names, pidPath, put, readRecord } from './testing/index.js';

test('publish() may be called again with other details', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  claim.publish({ version: '1' });
  const first = readRecord(file);
  claim.publish({ version: '1', workers: [{ pid: 5, start: '7' }] });
  expect(readRecord(file)).toEqual({ ...first, workers: [{ pid: 5, start: '7' }] });
  claim.release();
  expect(names(file)).toEqual(['shop.pid.lock']);
});

test('publish() leaves a first failure without lock and files, a later one as it was', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  fs.mkdirSync(file);
  expect(() => claim.publish()).toThrow(expect.objectContaining({ code: 'PID_FILE' }));
  expect(claim.isHeld()).toBe(false);
  expect(names(file)).toEqual(['shop.pid', 'shop.pid.lock']);
  fs.rmdirSync(file);

  const again = await pidfile.claim(file);
  again.publish({ version: '1' });
  const tooMuch = { argv: ['x'.repeat(70_000)] };
  expect(() => again.publish(tooMuch)).toThrow(expect.objectContaining({ code: 'PID_FILE' }));
  expect(again.isHeld()).toBe(true);
  expect(readRecord(file).version).toBe('1');
  again.release();
});

test('release() leaves files that are not ours any more', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  claim.publish();
  put(`${file}.other`, '4711\n');
  fs.renameSync(`${file}.other`, file);
  fs.writeFileSync(`${file}.state`, '{}');
  claim.release();
  expect(fs.readFileSync(file, 'utf8')).toBe('4711\n');
  expect(fs.readFileSync(`${file}.state`, 'utf8')).toBe('{}');
});
