/** What jobs that tidy up run folders do to a PID file. Source: prior art, attack and abuse list. */

import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import * as pidfile from './index.js';
import { RUNGS, names, pidPath, startHolder } from './testing/index.js';

test.each(RUNGS)(
  '10 cleaners, rung %s: without the lock file a living holder still excludes',
  async (rung) => {
    const file = pidPath();
    const holder = await startHolder(file, { rung });
    const before = [fs.readFileSync(file, 'utf8'), fs.readFileSync(`${file}.state`, 'utf8')];
    for (const name of names(file).filter((name) => name.includes('.lock'))) {
      fs.rmSync(path.join(path.dirname(file), name));
    }
    await expect(pidfile.claim(file)).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      contextData: { pid: holder.pid },
    });
    expect(await pidfile.inspect(file)).toMatchObject({
      state: 'running',
      pid: holder.pid,
      reason: expect.any(String),
    });
    expect(names(file)).toEqual(['shop.pid', 'shop.pid.state']);
    expect([fs.readFileSync(file, 'utf8'), fs.readFileSync(`${file}.state`, 'utf8')]).toEqual(
      before,
    );
    expect(await pidfile.sendSignal(file, 'SIGKILL')).toBe(holder.pid);
    await holder.exit;
    (await pidfile.claim(file)).release();
  },
);

test('10 cleaners: an exchanged lock file does not let a second in either', async () => {
  const file = pidPath();
  await startHolder(file);
  fs.copyFileSync(`${file}.lock`, `${file}.copy`);
  fs.renameSync(`${file}.copy`, `${file}.lock`);
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
});

test.each(RUNGS)(
  '10 cleaners, rung %s: isHeld() tells the holder, and publish() refuses',
  async (rung) => {
    const file = pidPath();
    const claim = await pidfile.claim(file, { rung });
    fs.rmSync(`${file}.lock`);
    expect(claim.isHeld()).toBe(false);
    expect(() => claim.publish()).toThrow(expect.objectContaining({ code: 'PID_FILE' }));
    expect(fs.existsSync(file) || fs.existsSync(`${file}.state`)).toBe(false);
    (await pidfile.claim(file)).release();
  },
);

test.runIf(RUNGS.includes('sqlite'))('10 cleaners: isHeld() notices a removed slot', async () => {
  const file = pidPath();
  const claim = await pidfile.claim(file, { rung: 'sqlite' });
  fs.rmSync(`${file}.lock-b`);
  expect(claim.isHeld()).toBe(false);
  claim.release();
});

test('10 cleaners: a holder whose whole folder was removed takes nothing from the next one', async () => {
  const file = pidPath();
  const first = await pidfile.claim(file);
  first.publish();
  fs.rmSync(path.dirname(file), { recursive: true });
  const second = await pidfile.claim(file);
  second.publish();
  expect(first.isHeld()).toBe(false);
  first.release();
  expect(second.isHeld()).toBe(true);
  expect(fs.readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
  second.release();
});
