import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import * as child from './index.js';
import { sh, start } from './testing/command.js';

function withoutTemporaryFolder<T>(act: () => T): T {
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = '/no/such/folder';
  try {
    return act();
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
}

describe('exited', () => {
  test('carries the last 20 lines of stderr, wherever they go', async () => {
    const script = 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "line $i" >&2; done; exit 1';
    const { words } = await sh(script, { stderr: 'ignore' }).process.exited;
    expect(words).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 31}`));
  });

  test('has all output before it, also much of it', async () => {
    const started = sh('head -c 3000000 /dev/zero | tr "\\0" x; echo end');
    await started.process.exited;
    expect(started.out()).toHaveLength(3_000_004);
  });

  test('writes past us into a descriptor', async () => {
    const file = path.join(tempDir(), 'out');
    const fd = fs.openSync(file, 'a');
    const { process: started } = sh('echo out; echo err >&2', { stdout: fd, stderr: fd });
    fs.closeSync(fd);
    expect((await started.exited).words).toEqual([]);
    expect(fs.readFileSync(file, 'utf8')).toBe('out\nerr\n');
  });

  test.each([
    [
      'a program that is not there',
      'no-such-program-here',
      /there is no such program .*in the folders of its PATH\.$/,
    ],
    ['a path that is not there', './missing', /there is no such file, or the interpreter/],
    ['a file that may not be executed', './plain', /may not execute it/],
    [
      'a script whose interpreter is missing',
      './orphan',
      /interpreter that its first line names is missing/,
    ],
    ['a path through a file', './plain/x', /a part of its path is not a folder/],
    [
      'a command line with an open quote',
      'echo "',
      /^The command must be a command line whose quotes are closed\.$/,
    ],
    ['a null character', ['echo', 'a\0b'], /null/],
  ])('tells in one sentence of %s', async (_, command, sentence) => {
    const directory = tempDir();
    fs.writeFileSync(path.join(directory, 'plain'), 'echo\n', { mode: 0o644 });
    fs.writeFileSync(path.join(directory, 'orphan'), '#!/no/such/interpreter\n', { mode: 0o755 });
    const { process: started } = start(command, { directory });
    expect(started.pid).toBeNaN();
    const exit = await started.exited;
    expect(exit).toMatchObject({ code: null, signal: null, words: [] });
    expect(exit.error?.message).toMatch(sentence);
    expect([started.signal('SIGTERM'), started.isSuspended()]).toEqual([false, false]);
    started.stop({ kind: 'stop' });
    started.kill();
  });

  test('tells of a folder that is missing, or none', async () => {
    const dir = tempDir();
    fs.writeFileSync(path.join(dir, 'file'), '');
    const missing = await start('true', { directory: path.join(dir, 'gone') }).process.exited;
    expect(missing.error?.message).toMatch(/its folder ".*gone" does not exist\.$/);
    const file = await start('true', { directory: path.join(dir, 'file') }).process.exited;
    expect(file.error?.message).toMatch(/is not a folder\.$/);
  });

  test('has all output also where no named pipe can be made', async () => {
    const directory = tempDir();
    let out = '';
    const started = withoutTemporaryFolder(() =>
      child.startCommand({
        command: ['sh', '-c', 'echo out; echo err >&2; echo >&3'],
        directory,
        env: process.env,
        stdout: (chunk) => void (out += chunk.toString()),
        readiness: 'newline',
      }),
    );
    await started.ready;
    expect((await started.exited).words).toEqual(['err']);
    expect(out).toBe('out\n');
  });

  test('leaves no descriptor behind, started or not', async () => {
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    await sh('echo warm; echo up >&2').process.exited;
    const before = count();
    for (let round = 0; round < 5; round += 1) {
      await sh('echo x; echo >&3', { readiness: 'newline' }).process.exited;
      await start('no-such-program-here', { readiness: 'newline' }).process.exited;
    }
    await until('the descriptors to close', () => count() <= before);
  });
});
