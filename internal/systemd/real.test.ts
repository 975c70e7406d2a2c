/** The real systemd-notify, heard by a real socket: where both it and Python are installed. */

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import * as systemd from './index.js';

const RECEIVER = fileURLToPath(new URL('fixtures/receiver.py', import.meta.url));

const missing = ['systemd-notify', 'python3'].filter(
  (program) => spawnSync(program, ['--version']).status !== 0,
);
const isPossible = process.platform === 'linux' && missing.length === 0;
const note = isPossible ? '' : ` (skipped: needs Linux and ${missing.join(', ')})`;

interface Heard {
  readonly words: readonly string[];
  readonly usec: number;
}

/** Listens on `socket` as systemd does; returns what has been heard so far. */
async function listen(socket: string): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  const receiver = spawn('python3', [RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => receiver.once('close', resolve));
  onTestFinished(async () => {
    receiver.kill('SIGKILL');
    await gone;
  });
  let isBound = false;
  createInterface(receiver.stdout).on('line', (line) => {
    if (line === 'bound') isBound = true;
    else heard.push(JSON.parse(line) as Heard);
  });
  await until('the receiver', () => isBound);
  return heard;
}

describe.skipIf(!isPossible)(`the real systemd-notify${note}`, () => {
  test.each([
    ['a path', () => path.join(tempDir(), 'notify socket')],
    ['an abstract name', () => `@rodent-test-${process.pid}-${Date.now()}`],
  ])('is heard on %s: every word, in order', async (_, nameSocket) => {
    const socket = nameSocket();
    const heard = await listen(socket);
    const problems: unknown[] = [];
    const notifier = systemd.open({
      env: { PATH: process.env['PATH'], NOTIFY_SOCKET: socket, WATCHDOG_USEC: '600000000' },
      onProblem: (problem) => problems.push(problem),
    });
    notifier.takeOver('serves "all" of it: 100 %');
    await notifier.flush();
    notifier.reloading();
    await notifier.flush();
    notifier.ready();
    await notifier.flush();
    notifier.stopping();
    await notifier.close();
    expect(problems).toEqual([]);
    // Behind each message systemd-notify waits for the barrier: it is heard before its sender ends.
    const said = await until('every word', () => {
      const messages = heard.filter(({ words }) => words[0] !== 'BARRIER=1');
      return messages.length >= 4 ? messages : undefined;
    });
    const reload = said[1];
    expect(said.map(({ words }) => words)).toEqual([
      ['READY=1', `MAINPID=${process.pid}`, 'STATUS=serves "all" of it: 100 %', 'WATCHDOG=1'],
      ['RELOADING=1', expect.stringMatching(/^MONOTONIC_USEC=\d+$/)],
      ['READY=1'],
      ['STOPPING=1'],
    ]);
    // The moment is on the clock that systemd reads: after the first message, before this one came.
    const moment = Number(reload?.words[1]?.split('=')[1]);
    expect(moment).toBeGreaterThanOrEqual(said[0]?.usec ?? Number.NaN);
    expect(moment).toBeLessThanOrEqual(reload?.usec ?? Number.NaN);
  });

  test('that nobody hears is a problem that is told, not a throw', async () => {
    const problems: string[] = [];
    const notifier = systemd.open({
      env: { PATH: process.env['PATH'], NOTIFY_SOCKET: path.join(tempDir(), 'nobody') },
      onProblem: ({ detail }) => problems.push(detail),
    });
    notifier.ready();
    await notifier.close();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Cannot tell systemd "READY=1": /);
  });
});
