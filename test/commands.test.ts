/** The commands that need no running service, and those that read what one left. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { project, until } from './support/index.js';

describe('rodent config', () => {
  test('print shows every value with its origin and no secret', async () => {
    const own = await project();
    const env = { DATABASE_URL: 'postgresql://shop:hunter2@db.example/shop' };
    const outcome = await own.run(['config', 'print'], { env });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain(`http.port=${own.port}`);
    expect(outcome.stdout).toContain('rodent.conf:2');
    expect(outcome.stdout).not.toContain('hunter2');
  });

  test('explain tells where a value came from and what it beat', async () => {
    const own = await project();
    const outcome = await own.run(['config', 'explain', 'http.port', '--port', '9999']);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/http\.port = 9999/);
    expect(outcome.stdout).toMatch(/--port/);
    expect(outcome.stdout).toMatch(new RegExp(`instead of +${own.port} .*rodent\\.conf:2`));
  });

  test('get prints the value alone', async () => {
    const own = await project();
    await expect(own.run(['config', 'get', 'http.port'])).resolves.toMatchObject({
      code: 0,
      stdout: `${own.port}\n`,
    });
  });

  test('check says what is wrong and exits 2, or that nothing is', async () => {
    const own = await project();
    expect((await own.run(['config', 'check'])).code).toBe(0);
    own.write('rodent.conf', 'http.port=ninety\nlog.level=loud\n');
    const outcome = await own.run(['config', 'check', '--json']);
    expect(outcome.code).toBe(2);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ problems: [{}, {}] });
  });

  test('serve --save writes what was set, readable by the owner alone, and serves', async () => {
    const own = await project();
    const target = path.join(own.dir, 'saved.conf');
    fs.writeFileSync(target, '');
    const program = await own.serve(['--save', '-c', target, '--log-level', 'warn']);
    expect(fs.readFileSync(target, 'utf8')).toContain('log.level=warn');
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
    program.child.kill('SIGTERM');
    await program.exit;
  });
});

describe('rodent version', () => {
  test('is that of the package', async () => {
    const own = await project();
    const manifest = fileURLToPath(new URL('../package.json', import.meta.url));
    const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string };
    expect((await own.run(['--version'])).stdout).toBe(`${version}\n`);
    expect(JSON.parse((await own.run(['version', '--json'])).stdout)).toMatchObject({ version });
  });
});

describe('rodent completion', () => {
  test('prints a script that asks for words, and the words are commands and flags', async () => {
    const own = await project();
    expect((await own.run(['completion'])).stdout).toContain('--get-yargs-completions');
    const commands = await own.run(['--get-yargs-completions', 'rodent', '']);
    expect(commands.stdout.split('\n')).toContain('reload');
    const flags = await own.run(['--get-yargs-completions', 'rodent', 'stop', '--']);
    expect(flags.stdout.split('\n')).toContain('--force');
  });

  test('is for the shell that is named', async () => {
    const own = await project();
    const env = { SHELL: '/bin/zsh' };
    expect((await own.run(['completion'], { env })).stdout).toContain('#compdef');
    expect((await own.run(['completion', 'bash'], { env })).stdout).toContain('complete -o');
    expect((await own.run(['completion', 'zsh'])).stdout).toContain('#compdef');
    expect((await own.run(['completion', 'fish'])).code).toBe(2);
  });
});

describe('rodent logs', () => {
  test('-n bounds the lines, -f goes on with what comes and ends on INT', async () => {
    const own = await project();
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    const { stdout } = await own.run(['logs', '-n', '2', '--json']);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const follower = own.start(['logs', '-f', '-n', '0', '--access']);
    await until('the follower to see a request', async () => {
      await fetch(`${own.url}/followed`);
      return follower.stdout().includes('/followed');
    });
    follower.child.kill('SIGINT');
    await expect(follower.exit).resolves.toMatchObject({ code: 0 });
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('ends quietly when its reader leaves', async () => {
    const own = await project();
    const line = '{"level":"info","detail":"x"}\n';
    own.write('.rodent/log/error.log', line.repeat(50_000));
    const reader = own.start(['logs', '-n', '50000']);
    reader.child.stdout?.destroy();
    const outcome = await reader.exit;
    expect(outcome.code).toBe(0);
    expect(reader.stderr()).toBe('');
  });

  test('says where to look when there is no log', async () => {
    const own = await project();
    const outcome = await own.run(['logs']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/foreground logs to its stdout/);
  });
});
