import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import { hasMembers, pidIn, said, sh } from './testing/command.js';

const STOP = { kind: 'stop' } as const;

describe('stop()', () => {
  test('sends the stop signal to the leader alone', async () => {
    const script = `sh -c 'trap "echo grandchild" INT; while :; do sleep 0.05; done' & trap 'echo leader; exit 0' INT; echo up; while :; do sleep 0.05; done`;
    const started = sh(script, { stopSignal: 'SIGINT' });
    await said(started, 'up');
    started.process.stop(STOP);
    started.process.stop(STOP);
    expect(await started.process.exited).toMatchObject({ code: 0, signal: null });
    expect(started.out()).toBe('up\nleader\n');
  });

  test('reaches the group when it is told so', async () => {
    const script = `sh -c 'trap "echo grandchild; exit 0" TERM; echo ready; while :; do sleep 0.05; done' & trap 'wait; exit 0' TERM; wait; wait`;
    const started = sh(script, { stopAsGroup: true });
    await said(started, 'ready');
    started.process.stop(STOP);
    await started.process.exited;
    expect(started.out()).toContain('grandchild');
  });
});

describe('the group', () => {
  const STUBBORN = `trap '' TERM; sh -c 'trap "" TERM; while :; do sleep 1; done' & echo up; while :; do sleep 1; done`;

  test('dies whole by kill(), also where TERM is ignored', async () => {
    const started = sh(STUBBORN);
    await said(started, 'up');
    started.process.stop(STOP);
    started.process.kill();
    expect(await started.process.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    await until('the group to be empty', () => !hasMembers(started.process.pid));
    expect(started.process.signal('SIGTERM')).toBe(false);
    started.process.kill();
  });

  test('dies with its leader', async () => {
    const started = sh(`sh -c 'trap "" TERM HUP; echo up; while :; do sleep 1; done' & exit 3`);
    expect(await started.process.exited).toMatchObject({ code: 3 });
    await until('the group to be empty', () => !hasMembers(started.process.pid));
  });

  test('outlives its leader when killAsGroup is false', async () => {
    const script = `sh -c 'echo $$; while :; do sleep 0.1; done' > pid & exit 0`;
    const directory = tempDir();
    const started = sh(script, { killAsGroup: false, directory });
    await started.process.exited;
    expect(hasMembers(started.process.pid)).toBe(true);
    process.kill(-started.process.pid, 'SIGKILL');
    await until('the group to be empty', () => !hasMembers(started.process.pid));
  });

  test('takes a signal as a whole when asked', async () => {
    const started = sh(
      `sh -c 'trap "echo grandchild; exit" USR1; echo ready; while :; do sleep 0.05; done' & trap : USR1; wait; wait; exit 0`,
    );
    await said(started, 'ready');
    expect(started.process.signal('SIGUSR1', { group: true })).toBe(true);
    await said(started, 'grandchild');
  });
});

test('a command that makes a daemon of itself counts as ended, though the daemon holds its output', async () => {
  const directory = tempDir();
  const daemon = 'echo $$ > daemon.pid; exec sleep 1000';
  const script = `setsid sh -c '${daemon}' & while [ ! -s daemon.pid ]; do sleep 0.01; done`;
  const started = sh(script, { directory });
  expect(await started.process.exited).toMatchObject({ code: 0 });
  process.kill(await pidIn(path.join(directory, 'daemon.pid')), 'SIGKILL');
});
