import { once } from 'node:events';
import fs from 'node:fs';

import { expect, onTestFinished, test } from 'vitest';

import type { Program } from '../../test/support/index.js';
import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import * as pidfile from './index.js';
import { RUNGS, killHard, names, pidPath, startHolder } from './testing/index.js';

/** Resolves when the holder has gone; its output goes on, for the successor has inherited it. */
async function handOver(holder: Program, file: string): Promise<void> {
  onTestFinished(async () => {
    await pidfile.sendSignal(file, 'SIGKILL').catch(() => 0);
  });
  const gone = once(holder.child, 'exit');
  holder.child.kill('SIGUSR2');
  await gone;
}

test.each(RUNGS)(
  'rung %s: a successor inherits the lock and no third gets it in between',
  async (rung) => {
    const file = pidPath();
    const holder = await startHolder(file, { rung });
    const done = new AbortController();
    onTestFinished(() => done.abort());
    const thirds: string[] = [];
    const contending = (async () => {
      while (!done.signal.aborted) {
        await pidfile.claim(file, { retryMs: 0 }).then(
          (claim) => {
            thirds.push('claimed');
            claim.release();
          },
          (error: { readonly code: string }) => thirds.push(error.code),
        );
      }
    })();
    await handOver(holder, file);
    const successor = Number(fs.readFileSync(file, 'utf8'));
    expect(successor).not.toBe(holder.pid);
    expect(await pidfile.inspect(file)).toMatchObject({ state: 'running', pid: successor, rung });
    done.abort();
    await contending;
    expect([...new Set(thirds)]).toEqual(['ALREADY_RUNNING']);

    expect(await pidfile.sendSignal(file, 'SIGTERM')).toBe(successor);
    await pidfile.waitReleased(file, context.background());
    expect(names(file).every((name) => name.startsWith('shop.pid.lock'))).toBe(true);
  },
);

test.each(RUNGS)('rung %s: the lock of a successor ends with its kill -9', async (rung) => {
  const file = pidPath();
  const holder = await startHolder(file, { rung });
  await handOver(holder, file);
  expect(await pidfile.sendSignal(file, 'SIGKILL')).not.toBe(holder.pid);
  const claim = await pidfile.claim(file, { retryMs: 10_000 });
  claim.release();
});

test.each(RUNGS)('rung %s: a holder that has made room still holds', async (rung) => {
  const file = pidPath();
  const claim = await pidfile.claim(file, { rung });
  claim.publish();
  claim.heir();
  expect(claim.isHeld()).toBe(true);
  await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  expect(await pidfile.inspect(file)).toMatchObject({ state: 'running' });
  claim.release();
  expect(await pidfile.inspect(file)).toMatchObject({ state: 'stopped' });
});

test.skipIf(!RUNGS.includes('sqlite'))(
  'rung sqlite: the successor holds both slots in the end',
  async () => {
    const file = pidPath();
    const first = await pidfile.claim(file, { rung: 'sqlite' });
    const heir = first.heir();
    const second = await pidfile.adopt(file, heir.inherited(3));
    first.release();
    await expect(pidfile.claim(file)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    const heirOfSecond = await until('slot A', async () => {
      const probe = second.heir();
      return pidfile.adopt(file, probe.inherited(3)).catch(() => undefined);
    });
    second.release();
    heirOfSecond.release();
  },
);

test.each(RUNGS.filter((rung) => rung !== 'sqlite'))(
  'rung %s: adopt() refuses what is not the lock',
  async (rung) => {
    const file = pidPath();
    const holder = await startHolder(file, { rung });
    const fd = fs.openSync('/dev/null', 'r');
    for (const inherited of [{ fds: [] }, { fds: [fd] }, { fds: [9_999] }]) {
      await expect(pidfile.adopt(file, inherited)).rejects.toMatchObject({ code: 'PID_FILE' });
    }
    fs.closeSync(fd);
    await killHard(holder);
  },
);

test('adopt() refuses where no lock file is', async () => {
  await expect(pidfile.adopt(pidPath(), { fds: [3] })).rejects.toMatchObject({ code: 'PID_FILE' });
});
