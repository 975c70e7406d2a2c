import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';

import { expect, onTestFinished, test } from 'vitest';

import { spawnNode, until } from '../../test/support/index.js';
import * as pidfile from './index.js';

test('identify() tells a process by its start, boot and namespace', () => {
  const self = pidfile.identify(process.pid);
  expect(self).toMatchObject({
    pid: process.pid,
    start: expect.any(String),
    boot: expect.any(String),
  });
  expect(pidfile.identify(process.pid)).toEqual(self);
});

test.each([0, -1, 1.5, Number.NaN, 4_194_305])('identify(%s) is nobody', (pid) => {
  expect(pidfile.identify(pid)).toBeUndefined();
});

test('sameProcess() tells a recycled PID, another boot and another namespace apart', () => {
  const self = pidfile.identify(process.pid);
  if (self === undefined) throw new Error('cannot identify this process');
  expect(pidfile.sameProcess(self, { ...self })).toBe(true);
  expect(pidfile.sameProcess(self, { ...self, start: '1' })).toBe(false);
  expect(pidfile.sameProcess(self, { ...self, boot: 'x' })).toBe(false);
  expect(pidfile.sameProcess(self, { ...self, pidns: 'pid:[1]' })).toBe(false);
  const hidden = { ...self, start: undefined };
  expect(pidfile.sameProcess(hidden, { ...hidden })).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'a name full of brackets and blanks does not confuse identify()',
  async () => {
    const program = spawnNode('-e', [
      'process.title = "a) Z 1 (b) "; console.log("named"); setInterval(() => {}, 1000)',
    ]);
    await program.line(/named/);
    expect(fs.readFileSync(`/proc/${program.pid}/stat`, 'utf8')).toContain('a) Z 1 (b)');
    const fields = fs
      .readFileSync(`/proc/${program.pid}/stat`, 'utf8')
      .split(') ')
      .at(-1)
      ?.split(' ');
    expect(pidfile.identify(program.pid)?.start).toBe(fields?.[19]);
  },
);

test.runIf(process.platform === 'linux')('a zombie is nobody', async () => {
  // The child ends when the shell has become a sleep, which never waits for it.
  const script = '(until grep -qx sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    const end = once(parent, 'close');
    parent.kill('SIGKILL');
    await end;
  });
  const output: readonly unknown[] = await once(parent.stdout, 'data');
  const zombie = Number(String(output[0]));
  await until('the zombie', () => /\) Z /.test(fs.readFileSync(`/proc/${zombie}/stat`, 'utf8')));
  expect(pidfile.identify(zombie)).toBeUndefined();
});
