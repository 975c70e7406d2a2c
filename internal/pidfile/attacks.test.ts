/** What others, accidents and cleaners do to a PID file. Source: prior art, attack and abuse list. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import * as pidfile from './index.js';
import {
  SUFFIXES,
  amend,
  isRoot,
  killHard,
  names,
  pidPath,
  put,
  startHolder,
  tryOut,
} from './testing/index.js';

const VICTIM = 'precious\n';

/** A PID file's path whose folder exists, and a file elsewhere that must stay as it is. */
function scene(): { readonly file: string; readonly victim: string } {
  const file = pidPath();
  fs.mkdirSync(path.dirname(file), { mode: 0o700 });
  const victim = path.join(tempDir(), 'victim');
  put(victim, VICTIM);
  return { file, victim };
}

test.each([
  ['', 'PID_FILE'],
  ['.lock', 'PID_FILE'],
  ['.state', 'claimed'],
])(
  '1 symbolic link: "shop.pid%s" leads to a victim, which stays as it is',
  async (suffix, outcome) => {
    const { file, victim } = scene();
    fs.symlinkSync(victim, `${file}${suffix}`);
    expect(await tryOut(file)).toBe(outcome);
    expect(fs.readFileSync(victim, 'utf8')).toBe(VICTIM);
  },
);

test.each([
  ['', 'PID_FILE'],
  ['.lock', 'PID_FILE'],
  ['.state', 'claimed'],
])(
  '2 hard link: "shop.pid%s" is a second name of a victim, which stays as it is',
  async (suffix, outcome) => {
    const { file, victim } = scene();
    fs.linkSync(victim, `${file}${suffix}`);
    expect(await tryOut(file)).toBe(outcome);
    expect(fs.readFileSync(victim, 'utf8')).toBe(VICTIM);
  },
);

test('2 hard link: a second name of the lock file is refused', async () => {
  const { file, victim } = scene();
  expect(await tryOut(file)).toBe('claimed');
  fs.linkSync(`${file}.lock`, `${victim}.link`);
  expect(await tryOut(file)).toBe('PID_FILE');
});

const KINDS: Readonly<Record<string, (file: string) => void>> = {
  'a FIFO': (file) => void spawnSync('mkfifo', [file]),
  'a folder': (file) => fs.mkdirSync(file),
  'a dangling link': (file) => fs.symlinkSync('nowhere', file),
  'a looping link': (file) => fs.symlinkSync(path.basename(file), file),
  ...(isRoot ? { 'a device': (file) => void spawnSync('mknod', [file, 'c', '1', '3']) } : {}),
};

test.each(Object.keys(KINDS))(
  '2 kinds: %s in place of any file neither blocks nor crashes',
  async (kind) => {
    for (const suffix of SUFFIXES) {
      const { file } = scene();
      KINDS[kind]?.(`${file}${suffix}`);
      // A state file that is none is replaced, where rename(2) can.
      const outcome = suffix === '.state' && kind !== 'a folder' ? 'claimed' : 'PID_FILE';
      expect(await tryOut(file)).toBe(outcome);
      expect(['stopped', 'stale', 'unknown']).toContain((await pidfile.inspect(file)).state);
      await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
        name: 'RodentError',
      });
    }
  },
);

test('3 confused deputy: a PID file that everybody may write to is not believed', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  fs.chmodSync(file, 0o666);
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  fs.chmodSync(file, 0o644);
  expect(await pidfile.sendSignal(file, 'SIGKILL')).toBe(holder.pid);
});

test.runIf(isRoot)('3 confused deputy: files of another user are not believed', async () => {
  const file = pidPath();
  await startHolder(file);
  for (const name of [file, `${file}.state`, path.dirname(file)]) {
    fs.chownSync(name, 65_534, 65_534);
    await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
      code: 'SIGNAL_REFUSED',
    });
    fs.chownSync(name, 0, 0);
  }
  await pidfile.sendSignal(file, 'SIGKILL');
});

test.each([0o770, 0o707, 0o1777])(
  '3 confused deputy: a folder of mode %o is refused',
  async (mode) => {
    const { file } = scene();
    fs.chmodSync(path.dirname(file), mode);
    expect(await tryOut(file)).toBe('PID_FILE');
    expect(names(file)).toEqual([]);
  },
);

test.runIf(isRoot)(
  '3 confused deputy: a folder and a lock file of another user are refused',
  async () => {
    const { file } = scene();
    fs.chownSync(path.dirname(file), 65_534, 65_534);
    expect(await tryOut(file)).toBe('PID_FILE');
    fs.chownSync(path.dirname(file), 0, 0);
    expect(await tryOut(file)).toBe('claimed');
    fs.chownSync(`${file}.lock`, 65_534, 65_534);
    expect(await tryOut(file)).toBe('PID_FILE');
  },
);

test('3 confused deputy: a lock file that others may open, and so lock, is refused', async () => {
  const { file } = scene();
  expect(await tryOut(file)).toBe('claimed');
  fs.chmodSync(`${file}.lock`, 0o644);
  expect(await tryOut(file)).toBe('PID_FILE');
});

test.each(['-1', '0', '1', '-1\n', '0\n', '1\n'])(
  '4 numbers that mean groups: %j does not stop a start',
  async (text) => {
    const { file } = scene();
    put(file, text);
    expect(await tryOut(file)).toBe('claimed');
  },
);

test('6 PID reuse: a living process that has the recorded PID neither blocks a start nor is signalled', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  amend(file, { start: '1' });
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  await killHard(holder);
  put(file, `${process.ppid}\n`);
  amend(file, { pid: process.ppid });
  await until('the lock', async () => (await pidfile.inspect(file)).state === 'stale');
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(await tryOut(file)).toBe('claimed');
});

test.runIf(process.platform === 'linux')('6 PID reuse: the id of a thread is no process', () => {
  const thread = fs
    .readdirSync('/proc/self/task')
    .map(Number)
    .find((id) => id !== process.pid);
  expect(process.kill(thread ?? 0, 0)).toBe(true);
  expect(pidfile.identify(thread ?? 0)).toBeUndefined();
});
