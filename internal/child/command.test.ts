import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { canBecomeNobody, giveToNobody, tempDir, until } from '../../test/support/index.js';
import { sh, start } from './testing/command.js';

const NOBODY = 65_534;

describe('a program', () => {
  test('gets its words, its folder, its environment and an empty stdin, and is reaped', async () => {
    const directory = tempDir();
    const started = sh('echo "$0|$1|$(pwd)|$GREETING|$HOME|$(cat)"; echo oops >&2; exit 7', {
      command: [
        'sh',
        '-c',
        'echo "$1|$(pwd)|$GREETING|$HOME|$(cat)"; echo oops >&2; exit 7',
        'x',
        'a b',
      ],
      directory,
      env: { PATH: process.env['PATH'], GREETING: 'hi' },
    });
    expect(await started.process.exited).toEqual({ code: 7, signal: null, words: ['oops'] });
    expect(started.out()).toBe(`a b|${directory}|hi||\n`);
    expect(started.err()).toBe('oops\n');
    expect(fs.existsSync(`/proc/${started.process.pid}`)).toBe(false);
  });

  test('leads a session and a group of its own', async () => {
    const started = sh('read -r stat < /proc/$$/stat; echo "$stat"');
    await started.process.exited;
    const [, , , , group, session] = started.out().split(' ').map(Number);
    expect([group, session]).toEqual([started.process.pid, started.process.pid]);
  });

  test('may be given as a command line', async () => {
    const started = start(`echo 'a  b' "c"`);
    expect((await started.process.exited).code).toBe(0);
    expect(started.out()).toBe('a  b c\n');
  });

  test('starts a relative path in its own folder', async () => {
    const directory = tempDir();
    fs.writeFileSync(path.join(directory, 'run'), '#!/bin/sh\necho here\n', { mode: 0o755 });
    const started = start('./run', { directory });
    await started.process.exited;
    expect(started.out()).toBe('here\n');
  });

  test('has the umask that it is given, and this process keeps its own', async () => {
    const before = process.umask();
    const started = sh('umask', { umask: 0o027 });
    expect(process.umask()).toBe(before);
    await started.process.exited;
    expect(started.out().trim()).toBe('0027');
  });

  test('may open its output by name', async () => {
    const started = sh('echo one > /dev/stdout; echo two > /dev/stderr; echo three > /dev/fd/1');
    await started.process.exited;
    expect([started.out(), started.err()]).toEqual(['one\nthree\n', 'two\n']);
  });

  test('says nothing of itself beyond what the system tells', async () => {
    const { process: started } = sh('exec sleep 1000');
    expect([started.vitals(), started.silentMs(), started.stuckAt()]).toEqual([
      undefined,
      0,
      undefined,
    ]);
    expect(started.isSuspended()).toBe(false);
    started.signal('SIGSTOP');
    await until('the suspension', () => started.isSuspended());
    started.stop({ kind: 'stop' });
    expect(await started.exited).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(started.isSuspended()).toBe(false);
  });

  test.runIf(canBecomeNobody)('runs as another user, without further groups', async () => {
    const directory = tempDir();
    giveToNobody(directory);
    const command = 'id -u; id -g; id -G; echo by-name > /dev/stdout';
    const started = sh(command, { directory, uid: NOBODY, gid: NOBODY });
    await started.process.exited;
    expect(started.out().split('\n').slice(0, 4)).toEqual([
      String(NOBODY),
      String(NOBODY),
      String(NOBODY),
      'by-name',
    ]);
  });
});

describe('readiness', () => {
  const python = spawnSync('python3', ['--version']).status === 0;

  test.each([
    ['sh', 'sh', 'echo >&3; exec 3>&-; exec sleep 1000', true],
    ['sh by name', 'sh', 'echo > /dev/fd/3; exec sleep 1000', true],
    ['bash', 'bash', 'printf "\\n" >&3; exec 3>&-; exec sleep 1000', true],
    [
      'python',
      'python3',
      'import os, time; os.write(3, b"\\n"); os.close(3); time.sleep(1000)',
      python,
    ],
    [
      'node',
      process.execPath,
      'fs.writeSync(3, "\\n"); fs.closeSync(3); setInterval(() => {}, 1000)',
      true,
    ],
    ['what writes on', 'sh', 'echo 1 >&3; echo 2 >&3; echo 3 >&3; exec sleep 1000', true],
  ])('is told by %s with a newline on descriptor 3', async (_, program, script, isThere) => {
    if (!isThere) return;
    const flag = program === process.execPath ? '-e' : '-c';
    const { process: started } = start([program, flag, script], { readiness: 'newline' });
    await started.ready;
    expect(started.signal('SIGTERM')).toBe(true);
  });

  test('is not told by what ends, writes no newline or is not asked', async () => {
    let isReady = false;
    for (const readiness of ['newline', 'none'] as const) {
      const { process: started } = sh('printf ready >&3 2> /dev/null; exit 0', { readiness });
      void started.ready.then(() => (isReady = true));
      await started.exited;
    }
    expect(isReady).toBe(false);
  });
});
