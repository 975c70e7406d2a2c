import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as pidfile from './index.js';
import { RUNGS, killHard, names, pidPath, put, readRecord, startHolder } from './testing/index.js';

const LOCK_FILES = /^shop\.pid\.lock(-[ab])?$/;

test.each(RUNGS)(
  'rung %s: claim() locks, publish() writes, release() removes all but the lock',
  async (rung) => {
    const file = pidPath();
    const claim = await pidfile.claim(file, { rung });
    expect(claim.rung).toBe(rung);
    expect(names(file).every((name) => LOCK_FILES.test(name))).toBe(true);

    claim.publish({ version: '1.2.3', argv: ['serve'] });
    expect(fs.readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
    expect(fs.statSync(`${file}.state`).mode & 0o777).toBe(0o600);
    expect(fs.statSync(`${file}.lock`).mode & 0o777).toBe(0o600);
    expect(readRecord(file)).toMatchObject({
      pid: process.pid,
      rung,
      version: '1.2.3',
      argv: ['serve'],
    });
    expect(claim.isHeld()).toBe(true);

    claim.release();
    claim.release();
    expect(claim.isHeld()).toBe(false);
    expect(names(file).every((name) => LOCK_FILES.test(name))).toBe(true);
  },
);

test.each(RUNGS)(
  'rung %s: claim() refuses while another process lives, and names it',
  async (rung) => {
    const file = pidPath();
    const holder = await startHolder(file, { rung });
    const before = fs.readFileSync(`${file}.state`, 'utf8');
    await expect(pidfile.claim(file)).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      contextData: { pid: holder.pid, since: readRecord(file).startedAt },
    });
    expect(fs.readFileSync(file, 'utf8')).toBe(`${holder.pid}\n`);
    expect(fs.readFileSync(`${file}.state`, 'utf8')).toBe(before);
  },
);

test.each(RUNGS)('rung %s: claim() succeeds after a kill -9 and says who held it', async (rung) => {
  const file = pidPath();
  const holder = await startHolder(file, {
    rung,
    details: { workers: [{ pid: 4711, start: '1' }] },
  });
  await killHard(holder);
  const claim = await pidfile.claim(file, { retryMs: 5_000 });
  expect(claim.rung).toBe(rung);
  expect(claim.previous).toMatchObject({ pid: holder.pid, workers: [{ pid: 4711, start: '1' }] });
  expect(fs.existsSync(file)).toBe(false);
  claim.publish();
  expect(fs.readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
  claim.release();
});

test.each(RUNGS)('rung %s: a process cannot claim what it holds already', async (rung) => {
  const file = pidPath();
  const claim = await pidfile.claim(file, { rung });
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  expect(claim.isHeld()).toBe(true);
  claim.release();
  (await pidfile.claim(file)).release();
});

test.each(RUNGS)('rung %s: a prober does not make claim() fail', async (rung) => {
  const file = pidPath();
  (await pidfile.claim(file, { rung })).release();
  const done = new AbortController();
  const probing = (async () => {
    while (!done.signal.aborted) {
      await pidfile.inspect(file);
      await nextTurn();
    }
  })();
  for (let round = 0; round < 10; round += 1) {
    const claim = await pidfile.claim(file);
    expect(claim.isHeld()).toBe(true);
    claim.release();
  }
  done.abort();
  await probing;
});

test('claim() uses the lock that the lock file names, and refuses another demand', async () => {
  const file = pidPath();
  (await pidfile.claim(file, { rung: 'abstract' })).release();
  const claim = await pidfile.claim(file);
  expect(claim.rung).toBe('abstract');
  claim.release();
  await expect(pidfile.claim(file, { rung: 'flock' })).rejects.toMatchObject({
    code: 'PID_FILE',
    message: expect.stringMatching(/asks for the lock "abstract", not "flock"/),
  });
});

test('claim() says what to do when this machine lacks the lock in the lock file', async () => {
  const file = pidPath();
  put(`${file}.lock`, `rodent-lock 1 exlock ${'0'.repeat(64)}\n`);
  await expect(pidfile.claim(file)).rejects.toMatchObject({
    code: 'PID_FILE',
    message: expect.stringMatching(
      /asks for the lock "exlock", which only macOS and the BSDs have, or remove/,
    ),
  });
  expect(await pidfile.inspect(file)).toMatchObject({ state: 'unknown' });
});

test('claim() keeps nothing open and nothing behind when it refuses', async () => {
  const file = pidPath();
  put(`${file}.lock`, 'something else');
  const open = fs.readdirSync('/proc/self/fd').length;
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'PID_FILE' });
  expect(fs.readdirSync('/proc/self/fd').length).toBe(open);
  expect(names(file)).toEqual(['shop.pid.lock']);
});

test.each(['', 'run/shop.pid', '/run/\0shop.pid', '/run/'])(
  'claim() refuses the path %j',
  async (file) => {
    await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'PID_FILE' });
  },
);

test('claim() stops waiting when its context ends', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  const ctx = context.withTimeout(context.background(), 20);
  await expect(pidfile.claim(file, { ctx, retryMs: 60_000 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  claim.release();
});

test('claim() waits for a holder that is leaving', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  const waiting = pidfile.claim(file, { retryMs: 30_000 });
  holder.child.kill('SIGTERM');
  const claim = await waiting;
  expect(claim.isHeld()).toBe(true);
  claim.release();
});

test('claim() removes what a killed contender left between two steps', async () => {
  const file = pidPath();
  (await pidfile.claim(file)).release();
  fs.linkSync(`${file}.lock`, `${file}.lock.01234567-89ab-cdef-0123-456789abcdef.tmp`);
  put(`${file}.state.01234567-89ab-cdef-0123-456789abcdef.tmp`, '{');
  put(`${file}.01234567-89ab-cdef-0123-456789abcdef.tmp`, '4');
  (await pidfile.claim(file)).release();
  expect(names(file)).toEqual(['shop.pid.lock']);
});

test.each(['', '\n', '  \n', '4711\n', '4711', '\0\0\0'])(
  'claim() replaces the stale content %j',
  async (text) => {
    const file = pidPath();
    put(file, text);
    const claim = await pidfile.claim(file);
    claim.publish();
    expect(fs.readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    claim.release();
  },
);

test('claim() refuses to replace a file that is no PID file', async () => {
  const file = pidPath();
  put(file, 'root:x:0:0\n');
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'PID_FILE' });
  expect(fs.readFileSync(file, 'utf8')).toBe('root:x:0:0\n');
  fs.rmSync(file);
  (await pidfile.claim(file)).release();
});

test('a folder reached through a link of ours is one and the same', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  const link = path.join(tempDir(), 'link');
  fs.symlinkSync(path.dirname(file), link);
  const other = path.join(link, 'shop.pid');
  await expect(pidfile.claim(other)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  claim.release();
});

test('the abstract socket answers and closes whoever connects', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file, { rung: 'abstract' });
  const names = fs.readFileSync('/proc/net/unix', 'utf8').match(/@[0-9a-f]{107}$/gm) ?? [];
  const ours = names.map((name) => `\0${name.slice(1)}`);
  expect(ours.length).toBeGreaterThan(0);
  await Promise.all(
    ours.map(
      (name) =>
        new Promise((resolve) => {
          net.connect({ path: name }).on('error', resolve).on('close', resolve).resume();
        }),
    ),
  );
  claim.release();
});
