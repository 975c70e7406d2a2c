import fs from 'node:fs';
import net from 'node:net';

import { expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as pidfile from './index.js';
import {
  RUNGS,
  amend,
  isRoot,
  killHard,
  names,
  pidPath,
  put,
  startHolder,
} from './testing/index.js';

test.each(RUNGS)('rung %s: inspect() tells stopped, running and stale apart', async (rung) => {
  const file = pidPath();
  expect(await pidfile.inspect(file)).toEqual({ state: 'stopped' });
  const holder = await startHolder(file, { rung, details: { version: '7' } });
  const before = names(file);
  expect(await pidfile.inspect(file)).toMatchObject({
    state: 'running',
    pid: holder.pid,
    rung,
    record: { version: '7' },
  });
  expect(names(file)).toEqual(before);
  await killHard(holder);
  const stale = await until('the lock', async () => {
    const instance = await pidfile.inspect(file);
    return instance.state === 'running' ? undefined : instance;
  });
  expect(stale).toMatchObject({ state: 'stale', pid: holder.pid, record: { version: '7' } });
  (await pidfile.claim(file)).publish();
});

test('inspect() says running without a PID before the holder has published', async () => {
  const file = pidPath();
  const dead = await startHolder(file);
  await killHard(dead);
  const claim = await pidfile.claim(file, { retryMs: 5_000 });
  expect(await pidfile.inspect(file)).toEqual({ state: 'running', rung: claim.rung });
  claim.release();
});

test('inspect() asks the recorded control socket first, and the lock only when it is silent', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  claim.publish({ socket: '/run/control.sock' });
  const asked: string[] = [];
  const probe = async (socket: string): Promise<boolean> => asked.push(socket) > 1;
  expect(await pidfile.inspect(file, { probe })).toMatchObject({ state: 'running' });
  expect(await pidfile.inspect(file, { probe })).toMatchObject({
    state: 'running',
    pid: process.pid,
  });
  expect(asked).toEqual(['/run/control.sock', '/run/control.sock']);
  claim.release();
});

test('inspect() says unknown where it must not believe the files', async () => {
  const file = pidPath();
  put(`${file}.lock`, 'nonsense');
  put(file, '4711\n');
  expect(await pidfile.inspect(file)).toMatchObject({
    state: 'unknown',
    pid: 4711,
    reason: expect.any(String),
  });
  await expect(pidfile.inspect('shop.pid')).rejects.toMatchObject({ code: 'PID_FILE' });
});

test.each(RUNGS)(
  'rung %s: waitReleased() waits for the lock, and no longer than its context',
  async (rung) => {
    const file = pidPath();
    const holder = await startHolder(file, { rung });
    const ctx = context.withTimeout(context.background(), 50);
    await expect(pidfile.waitReleased(file, ctx)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const waiting = pidfile.waitReleased(file, context.background());
    expect(await pidfile.sendSignal(file, 'SIGTERM')).toBe(holder.pid);
    await waiting;
    expect((await holder.exit).code).toBe(0);
    await pidfile.waitReleased(file, context.background());
  },
);

test('sendSignal() says when nobody runs', async () => {
  const file = pidPath();
  await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  put(file, `${process.ppid}\n`);
  await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
    code: 'NOT_RUNNING',
    contextData: { pid: process.ppid },
  });
});

test('sendSignal() refuses to signal its own process', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file);
  claim.publish();
  await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  claim.release();
});

test('sendSignal() needs a record of the process that the PID file names', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  amend(file, { pid: process.ppid });
  await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  fs.rmSync(`${file}.state`);
  await expect(pidfile.sendSignal(file, 'SIGTERM')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  expect(holder.child.exitCode).toBeNull();
});

test.runIf(isRoot)('a control socket that belongs to another user is not believed', async () => {
  const file = pidPath();
  const holder = await startHolder(file, { details: { socket: `${file}.sock` } });
  const server = net.createServer().listen(`${file}.sock`);
  await until('the socket', () => server.listening);
  await killHard(holder);
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  fs.chownSync(`${file}.sock`, 65_534, 65_534);
  (await pidfile.claim(file)).release();
  server.close();
});

test.each(RUNGS)('rung %s: inspect() has an answer while the lock is let go', async (rung) => {
  const file = pidPath();
  const states = new Set<string>();
  for (let turns = 0; turns < 40; turns += 1) {
    const claim = await pidfile.claim(file, { rung });
    const asking = pidfile.inspect(file);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    claim.release();
    states.add((await asking).state);
  }
  expect(states).not.toContain('unknown');
});
