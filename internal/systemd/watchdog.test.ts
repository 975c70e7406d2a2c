import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { fakeNotify, openNotifier } from './testing/fake.js';

describe('the watchdog', () => {
  const env = { WATCHDOG_USEC: '100000' };

  test('is pinged again and again, never two runs at once', async () => {
    const fake = fakeNotify();
    openNotifier(fake, { env });
    const runs = await fake.reached(4);
    expect(new Set(runs)).toEqual(new Set(['WATCHDOG=1']));
  });

  test('is pinged only while the service is alive', async () => {
    const fake = fakeNotify();
    const asked: boolean[] = [];
    let isAlive = false;
    const probe = (): boolean => {
      asked.push(isAlive);
      return isAlive;
    };
    const notifier = openNotifier(fake, { env, isAlive: probe });
    await until('three questions', () => asked.length >= 3);
    await notifier.flush();
    expect(fake.runs()).toEqual([]);
    isAlive = true;
    await fake.reached(1);
  });

  test('gets no ping from a service whose probe throws, which is told once', async () => {
    const fake = fakeNotify();
    const problems: string[] = [];
    let asked = 0;
    const notifier = openNotifier(fake, {
      env,
      isAlive: () => {
        asked += 1;
        throw new Error('no heart');
      },
      onProblem: ({ detail }) => problems.push(detail),
    });
    await until('three questions', () => asked >= 3);
    await notifier.close();
    expect(fake.runs()).toEqual([]);
    expect(problems).toEqual(['Cannot tell whether the service is alive: no heart']);
  });

  test('is pinged at once by a successor', async () => {
    const fake = fakeNotify();
    const long = { WATCHDOG_USEC: '600000000' };
    const notifier = openNotifier(fake, { env: long, pid: 4711 });
    notifier.takeOver();
    await notifier.flush();
    expect(fake.runs()).toEqual(['READY=1 MAINPID=4711 WATCHDOG=1']);
  });

  test.each([
    ['another process', { WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' }],
    ['nobody: its period is zero', { WATCHDOG_USEC: '0' }],
    ['nobody: its period is no number', { WATCHDOG_USEC: 'often' }],
  ])('that waits for %s gets no pings', (_, given) => {
    const notifier = openNotifier(fakeNotify(), { env: given });
    expect(notifier.watchdogMs).toBeUndefined();
    expect(notifier.heir()).toEqual({ NOTIFY_SOCKET: '/run/notify' });
  });
});
