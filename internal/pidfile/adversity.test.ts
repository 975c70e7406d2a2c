/** What full disks, containers, cleaners and restores do to a PID file. Source: prior art, attack and abuse list. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { expect, test } from 'vitest';

import { spawnNode, tempDir, until } from '../../test/support/index.js';
import * as pidfile from './index.js';
import {
  amend,
  isRoot,
  killHard,
  mountTmpfs,
  names,
  pidPath,
  put,
  readRecord,
  startHolder,
} from './testing/index.js';

const HOLDER = path.join(import.meta.dirname, 'fixtures/holder.mjs');

test('8 folder: a missing one is made for us alone', async () => {
  const file = path.join(tempDir(), 'a', 'b', 'shop.pid');
  (await pidfile.claim(file)).release();
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
});

test('8 folder: a file in its place is refused in one sentence', async () => {
  const dir = tempDir();
  put(path.join(dir, 'run'), '');
  await expect(pidfile.claim(path.join(dir, 'run', 'shop.pid'))).rejects.toMatchObject({
    code: 'PID_FILE',
    message: expect.stringMatching(/^Cannot make the folder ".*": .*\.$/),
  });
});

test.runIf(isRoot)(
  '8 folder: on a full disk a start says so, leaves nothing and lets the lock go',
  async ({ skip }) => {
    const dir = mountTmpfs('64k');
    if (dir === undefined) return skip('mounting is not allowed here');
    const file = path.join(dir, 'shop.pid');
    const claim = await pidfile.claim(file);
    fs.writeFileSync(path.join(dir, 'filler'), Buffer.alloc(4096));
    expect(() => {
      for (;;) fs.appendFileSync(path.join(dir, 'filler'), Buffer.alloc(4096));
    }).toThrow(/ENOSPC/);
    expect(() => claim.publish()).toThrow(`Cannot write "${file}.state": the disk is full.`);
    expect(claim.isHeld()).toBe(false);
    expect(names(file)).toEqual(['filler', 'shop.pid.lock']);
    fs.rmSync(path.join(dir, 'filler'));
    (await pidfile.claim(file)).release();
  },
);

test.runIf(isRoot)(
  '8 folder: on a read-only disk a start says so and leaves nothing',
  async ({ skip }) => {
    const dir = mountTmpfs('64k');
    if (dir === undefined) return skip('mounting is not allowed here');
    const file = path.join(dir, 'shop.pid');
    spawnSync('mount', ['-o', 'remount,ro', dir]);
    await expect(pidfile.claim(file)).rejects.toMatchObject({
      message: `Cannot make the lock file "${file}.lock": the file system is read-only.`,
    });
    expect(names(file)).toEqual([]);
  },
);

test.runIf(isRoot)(
  '9 containers: a holder in another PID namespace is seen by its lock, not by its PID',
  async ({ skip }) => {
    const file = pidPath();
    const options = { path: file, details: {} };
    const isolated = spawnNode(
      '--input-type=commonjs',
      [
        '-e',
        `const { spawn } = require('node:child_process');
     const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', process.execPath, ${JSON.stringify(HOLDER)}, ${JSON.stringify(JSON.stringify(options))}], { stdio: 'inherit' });
     child.on('exit', (code) => process.exit(code ?? 0));
     process.stdin.resume().on('end', () => child.kill('SIGKILL'));`,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const started = await Promise.race([
      isolated.line(/^held 1$/m).then(() => true),
      isolated.exit.then(() => false),
    ]);
    if (!started) return skip('namespaces are not allowed here');
    await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    expect(await pidfile.inspect(file)).toMatchObject({ state: 'running' });
    await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
      code: 'SIGNAL_REFUSED',
    });
    isolated.child.stdin?.end();
    await isolated.exit;
    (await pidfile.claim(file, { retryMs: 10_000 })).release();
  },
);

test('9 containers: a PID recorded in another namespace means nobody here', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  amend(file, { pidns: 'pid:[1]' });
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  amend(file, { pid: process.pid, start: pidfile.identify(process.pid)?.start });
  await killHard(holder);
  (await pidfile.claim(file, { retryMs: 10_000 })).release();
});

test('11 squatting: a taken abstract name refuses the start and changes nothing', async () => {
  const file = pidPath();
  (await pidfile.claim(file, { rung: 'abstract' })).release();
  const squatter = await startHolder(file, { publish: false });
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  expect(names(file)).toEqual(['shop.pid.lock']);
  await killHard(squatter);
  (await pidfile.claim(file, { retryMs: 10_000 })).release();
});

test('11 squatting: a socket that accepts and stalls does not block inspect()', async () => {
  const file = pidPath();
  const server = net.createServer(() => {});
  fs.mkdirSync(path.dirname(file), { mode: 0o700 });
  server.listen(`${file}.sock`);
  await until('the socket', () => server.listening);
  const claim = await pidfile.claim(file);
  claim.publish({ socket: `${file}.sock` });
  expect(await pidfile.inspect(file)).toMatchObject({ state: 'running', pid: process.pid });
  claim.release();
  server.close();
});

test('11 squatting: something that is no socket at the recorded path says nothing', async () => {
  const file = pidPath();
  const holder = await startHolder(file, { details: { socket: `${file}.sock` } });
  put(`${file}.sock`, '');
  await killHard(holder);
  (await pidfile.claim(file, { retryMs: 10_000 })).release();
});

test('12 boot window: nobody can be signalled before publish(), which writes the PID last', async () => {
  const file = pidPath();
  put(file, `${process.ppid}\n`);
  const windows: string[] = [];
  const pause = (window: string): void => {
    windows.push(`${window}: ${fs.existsSync(`${file}.state`)} ${fs.existsSync(file)}`);
  };
  const claim = await pidfile.claim(file, { pause });
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  claim.publish();
  claim.release();
  expect(windows).toEqual([
    'missing: false true',
    'opened: false true',
    'locked: false true',
    'settled: false false',
    'publishing: false false',
    'state written: true false',
    'removed: false false',
  ]);
});

test('13 restore: a plausible record of another boot is not believed', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  const record = readRecord(file);
  amend(file, { boot: 'of-yesterday' });
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  await killHard(holder);
  const self = pidfile.identify(process.pid);
  put(`${file}.state`, JSON.stringify({ ...record, ...self, boot: 'of-yesterday' }));
  (await pidfile.claim(file, { retryMs: 10_000 })).release();
});

test('13 restore: the copy of a running folder says nothing about the copy', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  const copy = path.join(tempDir(), 'run');
  fs.cpSync(path.dirname(file), copy, { recursive: true, preserveTimestamps: true });
  fs.chmodSync(copy, 0o700);
  fs.chmodSync(path.join(copy, 'shop.pid.lock'), 0o600);
  const copied = path.join(copy, 'shop.pid');
  expect(await pidfile.inspect(copied)).toMatchObject({ state: 'stale', pid: holder.pid });
  await expect(pidfile.sendSignal(copied, 'SIGKILL')).rejects.toMatchObject({
    code: 'NOT_RUNNING',
  });
  (await pidfile.claim(copied)).release();
  expect(await pidfile.inspect(file)).toMatchObject({ state: 'running', pid: holder.pid });
});
