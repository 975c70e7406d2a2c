import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import { endWithTest, fixture, isAlive } from './testing/index.js';

describe('daemonize', () => {
  it('returns in the parent when the daemon serves, once', async () => {
    const log = path.join(tempDir(), 'log', 'both.log');
    const parent = spawnNode(fixture('both.mjs'), [log, 'serves']);
    expect(await parent.exit).toEqual({ code: 0, signal: null });
    const [, pid, info = ''] = /^parent of (\d+): (.*)$/m.exec(parent.stdout()) ?? [];
    endWithTest(Number(pid));
    const { port, again } = JSON.parse(info) as { readonly port: number; readonly again: string };
    const { stdout } = await promisify(execFile)('curl', ['-s', `http://127.0.0.1:${port}/`]);
    expect(stdout).toBe('hello\n');
    expect(again).toBe('daemon');
    expect(isAlive(Number(pid))).toBe(true);
    expect(fs.readFileSync(log, 'utf8')).toBe('');
  });

  it.each([
    ['throws', 'no such thing'],
    ['fails', 'I rather not'],
  ])('throws in the parent what the daemon says: it %s', async (how, detail) => {
    const log = path.join(tempDir(), 'both.log');
    const parent = spawnNode(fixture('both.mjs'), [log, how]);
    expect((await parent.exit).code).toBe(1);
    expect(parent.stderr()).toContain(`RodentError: ${detail}`);
  });

  it('refuses a process that runs no script', async () => {
    const face = new URL('../../dist/internal/daemon/index.js', import.meta.url).href;
    const code = `import('${face}').then((d) => d.daemonize({ stdout: '/dev/null' }))`;
    const parent = spawnNode('-e', [code]);
    expect((await parent.exit).code).toBe(1);
    expect(parent.stderr()).toContain('Cannot daemonise: this process runs no script.');
  });
});
