import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as limits from './index.js';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate';
const V1 = '31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct';
const MEMORY_V1 = '32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';

/** A folder that looks like the root of a Linux system. */
function system(files: Readonly<Record<string, string>>): string {
  const root = tempDir();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${text}\n`);
  }
  return root;
}

function v2(group: string, quotas: Readonly<Record<string, string>>, mount = V2): string {
  const files = Object.entries(quotas).map(([folder, quota]) => [
    path.join('sys/fs/cgroup', folder, 'cpu.max'),
    quota,
  ]);
  return system({
    'proc/self/cgroup': `0::${group}`,
    'proc/self/mountinfo': mount,
    ...(Object.fromEntries(files) as Record<string, string>),
  });
}

function v1(group: string, files: Readonly<Record<string, string>>, mount = V1): string {
  const quotas = Object.entries(files).flatMap(([folder, quota]) => [
    [path.join('sys/fs/cgroup/cpu,cpuacct', folder, 'cpu.cfs_quota_us'), quota],
    [path.join('sys/fs/cgroup/cpu,cpuacct', folder, 'cpu.cfs_period_us'), '100000'],
  ]);
  return system({
    'proc/self/cgroup': `5:memory:/elsewhere\n4:cpu,cpuacct:${group}\n1:name=systemd:/x`,
    'proc/self/mountinfo': `${MEMORY_V1}\n${mount}`,
    ...(Object.fromEntries(quotas) as Record<string, string>),
  });
}

describe('cores() with control groups of version 2', () => {
  test.each([
    ['no quota', { app: 'max 100000' }, 8],
    ['whole processors', { app: '200000 100000' }, 2],
    ['a part of one, rounded up', { app: '150000 100000' }, 2],
    ['less than one', { app: '10000 100000' }, 1],
    ['more than there are', { app: '6400000 100000' }, 8],
    ['another period', { app: '30000 10000' }, 3],
    ['nonsense', { app: 'what' }, 8],
    ['an empty file', { app: '' }, 8],
    ['the least of all above', { '': '700000 100000', app: '500000 100000' }, 5],
    ['one above alone', { '': '300000 100000', app: 'max 100000' }, 3],
    ['one beside', { other: '100000 100000' }, 8],
  ])('takes %s', (_, quotas, expected) => {
    expect(limits.cores({ root: v2('/app', quotas as never), available: 8 })).toBe(expected);
  });

  test('looks at every group from its own up to the mount point', () => {
    const quotas = { a: 'max 100000', 'a/b': '300000 100000', 'a/b/c:d': '900000 100000' };
    expect(limits.cores({ root: v2('/a/b/c:d', quotas), available: 8 })).toBe(3);
  });

  test('finds its group where the mount shows a part of the hierarchy', () => {
    const mount = V2.replace(' / /sys', ' /docker/one /sys');
    const root = v2('/docker/one/inner', { inner: '200000 100000' }, mount);
    expect(limits.cores({ root, available: 8 })).toBe(2);
  });

  test.each(['/..', '/../two', '/elsewhere/one'])(
    'takes the mount point where its own path, "%s", leads out of it',
    (group) => {
      const mount = V2.replace(' / /sys', ' /docker/one /sys');
      const root = v2(group, { '': '400000 100000', two: '100000 100000' }, mount);
      expect(limits.cores({ root, available: 8 })).toBe(4);
    },
  );

  test('finds a mount point with a blank in its name', () => {
    const root = system({
      'proc/self/cgroup': '0::/',
      'proc/self/mountinfo': V2.replace('/sys/fs/cgroup', String.raw`/odd\040place`),
      'odd place/cpu.max': '200000 100000',
    });
    expect(limits.cores({ root, available: 8 })).toBe(2);
  });

  test('is the least quota on the way, rounded up, within what is available', () => {
    const quota = fc.record({
      share: fc.integer({ min: 1000, max: 3_000_000 }),
      isSet: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(quota, { maxLength: 4 }),
        fc.integer({ min: 1, max: 16 }),
        (way, available) => {
          const names = way.map((_, index) => `g${index}`);
          const files = way.map(({ share, isSet }, index) => [
            names.slice(0, index + 1).join('/'),
            isSet ? `${share} 100000` : 'max 100000',
          ]);
          const root = v2(`/${names.join('/')}`, Object.fromEntries(files) as never);
          const set = way
            .filter(({ isSet }) => isSet)
            .map(({ share }) => Math.ceil(share / 100_000));
          expect(limits.cores({ root, available })).toBe(Math.min(available, ...set));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('cores() with control groups of version 1', () => {
  test.each([
    ['no quota', { app: '-1' }, 8],
    ['a quota', { app: '250000' }, 3],
    ['the least of all above', { '': '200000', app: '500000' }, 2],
  ])('takes %s', (_, quotas, expected) => {
    expect(limits.cores({ root: v1('/app', quotas as never), available: 8 })).toBe(expected);
  });

  test('takes the mount point in a container that shares the names outside', () => {
    const mount = V1.replace(' / /sys', ' /docker/one /sys');
    expect(limits.cores({ root: v1('/docker/one', { '': '100000' }, mount), available: 8 })).toBe(
      1,
    );
  });
});

describe('cores()', () => {
  test('is what the affinity mask says where there is no /proc', () => {
    expect(limits.cores({ root: tempDir(), available: 6 })).toBe(6);
  });

  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  test.skipIf(!hasTaskset)('is 1 on one processor', async () => {
    const first = /^Cpus_allowed_list:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
    const usage = path.join(import.meta.dirname, 'fixtures/usage.mjs');
    const execArgv = ['-c', first?.[1] ?? '0', process.execPath];
    const program = spawnNode(usage, [], { node: 'taskset', execArgv });
    expect((await program.line(/"cores":(\d+)/))[1]).toBe('1');
  });
});

describe('workerCount()', () => {
  test.each([
    [1, 3],
    [2, 4],
    [4, 4],
    [64, 4],
  ])('for %i processors is %i', (cores, expected) => {
    expect(limits.workerCount(cores)).toBe(expected);
  });
});
