import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import type * as errors from '../errors/index.js';
import * as systemd from './index.js';
import { fakeNotify, openNotifier } from './testing/fake.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('open()', () => {
  test('without NOTIFY_SOCKET says nothing, and every verb may be called', async () => {
    const fake = fakeNotify();
    const notifier = systemd.open({ env: { PATH: fake.dir } });
    expect(notifier.isActive).toBe(false);
    notifier.ready('up');
    notifier.takeOver();
    notifier.reloading();
    notifier.status('here');
    notifier.stopping();
    expect(notifier.heir()).toEqual({});
    await notifier.flush();
    await notifier.close();
    expect(fake.runs()).toEqual([]);
  });

  test('takes the variables out of the environment, so that no child inherits them', () => {
    const env = {
      PATH: '/nowhere',
      HOME: '/home/x',
      NOTIFY_SOCKET: '@abstract',
      WATCHDOG_USEC: '30000000',
      WATCHDOG_PID: String(process.pid),
    };
    const notifier = systemd.open({ env });
    expect(env).toEqual({ PATH: '/nowhere', HOME: '/home/x' });
    expect(notifier).toMatchObject({ isActive: true, watchdogMs: 30_000 });
    void notifier.close();
  });

  test('gives a successor what it needs to be heard, without the id of this process', () => {
    const env = { NOTIFY_SOCKET: '@abstract', WATCHDOG_USEC: '4000000', WATCHDOG_PID: '77' };
    const notifier = systemd.open({ env, pid: 77 });
    expect(notifier.heir()).toEqual({ NOTIFY_SOCKET: '@abstract', WATCHDOG_USEC: '4000000' });
    void notifier.close();
  });
});

describe('what is said', () => {
  test('reaches systemd-notify in order, one run at a time, with the socket and little else', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake, { env: { NOTIFY_SOCKET: '@abstract', SECRET: 'hunter2' } });
    notifier.ready('serves http://127.0.0.1:8042');
    await notifier.flush();
    expect(fake.env()).toContain('NOTIFY_SOCKET=@abstract\n');
    expect(fake.env()).not.toContain('hunter2');
    notifier.reloading();
    await notifier.flush();
    notifier.ready();
    await notifier.flush();
    notifier.stopping('drains');
    await notifier.flush();
    const [ready, reloading, ...rest] = fake.runs();
    expect(ready).toBe('READY=1 STATUS=serves http://127.0.0.1:8042');
    expect(reloading).toMatch(/^RELOADING=1 MONOTONIC_USEC=\d+$/);
    expect(rest).toEqual(['READY=1', 'STOPPING=1 STATUS=drains']);
  });

  test('in one turn goes out together', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake);
    notifier.ready('first');
    notifier.status('second');
    await notifier.flush();
    expect(fake.runs()).toEqual(['READY=1 STATUS=second']);
  });

  test('is a line: a status cannot bring an assignment of its own, nor be endless', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake);
    notifier.status('a\nMAINPID=1\r\tb');
    await notifier.flush();
    notifier.status('x'.repeat(10_000));
    await notifier.flush();
    expect(fake.runs()).toEqual(['STATUS=a MAINPID=1 b', `STATUS=${'x'.repeat(500)}`]);
  });

  test('after stopping() is a status at most', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake);
    notifier.stopping();
    notifier.ready();
    notifier.reloading();
    notifier.status('nearly gone');
    await notifier.flush();
    expect(fake.runs()).toEqual(['STOPPING=1 STATUS=nearly gone']);
  });

  test('names the process that takes over', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake, { pid: 4711 });
    notifier.takeOver('generation 2');
    await notifier.flush();
    expect(fake.runs()).toEqual(['READY=1 MAINPID=4711 STATUS=generation 2']);
  });

  test('goes out before close() resolves, and nothing does afterwards', async () => {
    const fake = fakeNotify();
    const notifier = openNotifier(fake);
    notifier.stopping();
    await notifier.close();
    notifier.status('too late');
    await notifier.close();
    expect(fake.runs()).toEqual(['STOPPING=1']);
  });
});

describe('while systemd-notify runs', () => {
  test('no more than two messages wait, and STOPPING overtakes them', async () => {
    const fake = fakeNotify('while [ ! -e go ]; do sleep 0.02; done');
    const notifier = openNotifier(fake);
    notifier.status('starting');
    await until('the first run', () => fs.existsSync(path.join(fake.dir, 'running')));
    for (let count = 0; count < 50; count += 1) {
      notifier.reloading();
      notifier.ready(`generation ${count}`);
      notifier.status(`status ${count}`);
      await turn();
    }
    fs.writeFileSync(path.join(fake.dir, 'go'), '');
    await notifier.flush();
    const [first, second, third, ...rest] = fake.runs();
    expect(first).toBe('STATUS=starting');
    expect(second).toMatch(/^RELOADING=1 MONOTONIC_USEC=\d+ STATUS=status 48$/);
    expect(third).toBe('READY=1 STATUS=status 49');
    expect(rest).toEqual([]);
  });

  test('a stop is the only thing left to say', async () => {
    const fake = fakeNotify('while [ ! -e go ]; do sleep 0.02; done');
    const notifier = openNotifier(fake, { pid: 4711 });
    notifier.status('starting');
    await until('the first run', () => fs.existsSync(path.join(fake.dir, 'running')));
    notifier.takeOver('up');
    notifier.reloading();
    notifier.stopping();
    fs.writeFileSync(path.join(fake.dir, 'go'), '');
    await notifier.close();
    expect(fake.runs()).toEqual(['STATUS=starting', 'STOPPING=1 MAINPID=4711 STATUS=up']);
  });
});

describe('a systemd-notify that', () => {
  test('is missing is told once and harms nothing', async () => {
    const problems: errors.RodentError[] = [];
    const notifier = openNotifier(
      { dir: tempDir() },
      { onProblem: (problem) => problems.push(problem) },
    );
    notifier.ready();
    await notifier.flush();
    notifier.stopping();
    await notifier.close();
    expect(problems.map(({ detail }) => detail)).toEqual([
      'Cannot tell systemd "READY=1": there is no program "systemd-notify" on the PATH.',
    ]);
    expect(problems[0]?.code).toBe('INIT_SYSTEM');
  });

  test('fails is tried again, since a service that is not ready is killed', async () => {
    const fake = fakeNotify('[ -e failed ] || { touch failed; echo "Failed: busy." >&2; exit 1; }');
    const problems: string[] = [];
    const notifier = openNotifier(fake, { onProblem: ({ detail }) => problems.push(detail) });
    notifier.ready();
    await notifier.flush();
    expect(fake.runs()).toEqual(['READY=1']);
    expect(problems).toEqual(['Cannot tell systemd "READY=1": Failed: busy.']);
  });

  test('fails and fails is given up, told once, and told again after it went well', async () => {
    const fake = fakeNotify('echo try >> tries; [ ! -e bad ] || exit 1');
    const bad = path.join(fake.dir, 'bad');
    const problems: string[] = [];
    const onProblem = ({ detail }: errors.RodentError): void => {
      problems.push(detail);
      throw new Error('an observer that fails is passed over');
    };
    const notifier = openNotifier(fake, { onProblem });
    fs.writeFileSync(bad, '');
    notifier.ready();
    await notifier.flush();
    expect(fs.readFileSync(path.join(fake.dir, 'tries'), 'utf8')).toBe('try\n'.repeat(3));
    notifier.status('lost');
    await notifier.flush();
    expect(problems).toHaveLength(1);
    fs.rmSync(bad);
    notifier.status('heard');
    await notifier.flush();
    fs.writeFileSync(bad, '');
    notifier.status('lost again');
    await notifier.close();
    expect(fake.runs()).toEqual(['STATUS=heard']);
    expect(problems).toHaveLength(2);
  });

  test('hangs is killed, and the next message goes out', async () => {
    const fake = fakeNotify('[ -e hung ] || { touch hung; rmdir running; exec sleep 600; }');
    const problems: string[] = [];
    const notifier = openNotifier(fake, {
      limitMs: 3000,
      onProblem: ({ detail }) => problems.push(detail),
    });
    notifier.ready();
    await notifier.flush();
    expect(problems).toEqual([
      'Cannot tell systemd "READY=1": "systemd-notify" did not end within 3000 ms.',
    ]);
    expect(fake.runs()).toEqual(['READY=1']);
  });
});
