import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as scripts from './index.js';

function treeOf(...files: readonly string[]): string {
  const root = tempDir();
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), '');
  }
  return root;
}

describe('find()', () => {
  test.each([
    ['queue.take', 'workers/queue/take.ts'],
    ['fetch.v2', 'workers/fetch.v2.mjs'],
    ['a.b.c', 'workers/a/b.c.js'],
    ['copy', 'workers/copy.cts'],
  ])('%s is %s', (type, file) => {
    const root = treeOf(file, 'workers/other.ts', 'workers/queue/notes.txt');
    expect(scripts.find(root, type)).toBe(path.join(root, file));
  });

  test.each(['', 'take', 'queue', 'queue.notes', '../outside', 'queue/take', 'x.y'])(
    '%j is none',
    (type) => {
      const root = treeOf('workers/queue/take.ts', 'workers/queue/notes.txt', 'outside.ts');
      fs.mkdirSync(path.join(root, 'workers', 'node_modules'));
      fs.writeFileSync(path.join(root, 'workers', 'node_modules', 'x.y.js'), '');
      expect(scripts.find(root, type)).toBeUndefined();
    },
  );

  test('follows a link to a folder, and does not follow one in a circle', () => {
    const root = treeOf('workers/a/b.js', 'elsewhere/c.js');
    fs.symlinkSync('../elsewhere', path.join(root, 'workers', 'linked'));
    fs.symlinkSync('..', path.join(root, 'workers', 'a', 'up'));
    expect(scripts.find(root, 'linked.c')).toBe(path.join(root, 'workers', 'linked', 'c.js'));
    expect(scripts.find(root, 'a.missing')).toBeUndefined();
  });
});

test.each([
  [[], false],
  [['workers/a.ts'], false],
  [['uniphant.conf'], false],
  [['uniphant.conf', 'workers/a.ts'], true],
  [['workers/uniphant.conf'], true],
  [['workers/deep/er/uniphant.conf'], true],
])('hasAny() of %j is %s', (files, expected) => {
  expect(scripts.hasAny(treeOf(...files))).toBe(expected);
});

test('hasAny() sees a script that uses rodent/worker, and no other', () => {
  const root = treeOf('workers/pool.js', 'workers/queue/take.ts');
  expect(scripts.hasAny(root)).toBe(false);
  const script = path.join(root, 'workers', 'queue', 'take.ts');
  fs.writeFileSync(script, "import * as worker from 'rodent/worker';\n");
  expect(scripts.hasAny(root)).toBe(true);
});

test('flagsFor() JavaScript is nothing', () => {
  expect(scripts.flagsFor('/srv/a.mjs')).toEqual([]);
  expect(scripts.isNative('/srv/a.cjs')).toBe(true);
});

test('flagsFor() TypeScript names a loader exactly where Node runs none by itself', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNative = major > 22 || (major === 22 && minor >= 18);
  expect(scripts.isNative('/srv/a.ts')).toBe(isNative);
  expect(scripts.flagsFor('/srv/a.ts')).toHaveLength(isNative ? 0 : 2);
});
