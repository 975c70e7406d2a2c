import fs from 'node:fs';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import * as support from '../../test/support/index.js';
import * as sources from './sources.js';

test.each([
  ['app.ts', true],
  [path.join('lib', 'db.js'), true],
  ['rodent.conf', true],
  [path.join('node_modules', 'x', 'index.js'), false],
  [path.join('.git', 'index'), false],
  ['.app.ts.swp', false],
  ['app.ts~', false],
  ['4913', false],
  ['#app.ts#', false],
  ['out.log', false],
])('isSource(%s) is %s', (file, expected) => {
  expect(sources.isSource(file)).toBe(expected);
});

test('changedSince() sees a newer file at any depth, and none in ignored folders', () => {
  const dir = support.tempDir();
  fs.mkdirSync(path.join(dir, 'a', 'b'), { recursive: true });
  fs.mkdirSync(path.join(dir, 'node_modules'));
  fs.writeFileSync(path.join(dir, 'a', 'b', 'c.ts'), '');
  const newest = fs.statSync(path.join(dir, 'a', 'b', 'c.ts')).ctimeMs;
  fs.writeFileSync(path.join(dir, 'node_modules', 'x.js'), '');
  expect(sources.changedSince([dir], newest)).toBe(false);
  expect(sources.changedSince([dir], newest - 1)).toBe(true);
  expect(sources.changedSince([path.join(dir, 'gone')], 0)).toBe(false);
});

test('watch() tells of a changed source and of nothing else', async () => {
  const dir = support.tempDir();
  const seen: string[] = [];
  onTestFinished(sources.watch([dir], (file) => seen.push(file)));
  fs.writeFileSync(path.join(dir, 'app.ts~'), 'x');
  fs.writeFileSync(path.join(dir, 'app.ts'), 'x');
  await support.until('the change', () => seen.length > 0);
  expect(seen).toEqual([path.join(dir, 'app.ts')]);
});
