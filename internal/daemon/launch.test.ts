import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import { command, endWithTest, fixture, gone, isAlive, ps, statusOf } from './testing/index.js';
import type { Description, Failure } from './testing/index.js';

async function launched(
  ...parameters: Parameters<typeof command>
): Promise<{ readonly pid: number; readonly info: Description; readonly folder: string }> {
  const program = command(...parameters);
  const { launched, error } = await program.outcome();
  if (launched === undefined) throw new Error(error?.detail);
  return { ...launched, folder: program.folder };
}

async function failure(...parameters: Parameters<typeof command>): Promise<Failure> {
  const { error } = await command(...parameters).outcome();
  if (error === undefined) throw new Error('it was launched');
  return error;
}

describe('a launched daemon', () => {
  it('has its own session, no terminal, no parent, umask 027 and the logs for output', async () => {
    const program = command('ready');
    const { launched } = await program.outcome();
    expect(await program.exit).toEqual({ code: 0, signal: null });
    const { pid = 0, info } = launched ?? {};
    expect(ps(pid, 'sid,pgid,tty')).toEqual([String(pid), String(pid), '?']);
    expect(statusOf(pid)).toMatch(/^Umask:\s+0027$/m);
    expect(info).toMatchObject({ role: 'daemon', isDetached: true, umask: 0o027 });
    const open = (fd: number): string => fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
    expect(open(0)).toBe('/dev/null');
    expect(open(1)).toBe(path.join(program.folder, 'app.log'));
    expect(open(2)).toBe(path.join(program.folder, 'error.log'));
    expect(fs.statSync(open(2)).mode & 0o777).toBe(0o640);
    expect(isAlive(pid)).toBe(true);
  });

  it('holds no descriptor but its own once it is ready, and gives none to its children', async () => {
    const folder = tempDir();
    const stray = path.join(folder, 'stray');
    const script = `exec 9>"${stray}" 40>"${stray}"; exec "$@"`;
    const order = {
      script: fixture('service.mjs'),
      arguments: ['ready'],
      stdout: path.join(folder, 'app.log'),
      stderr: path.join(folder, 'app.log'),
      timeoutMs: 30_000,
    };
    const words = [process.execPath, fixture('command.mjs'), JSON.stringify(order)];
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words]);
    const { pid, info } = JSON.parse(stdout.split('\n')[1] ?? '').launched;
    endWithTest(pid);
    const held = (): string[] =>
      fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
    await until(
      'the end of the handshake',
      () => !held().some((name) => name.startsWith('socket:')),
    );
    expect(held()).not.toContain(stray);
    expect(info.grandchild).not.toContain(stray);
    expect(info.grandchild).not.toMatch(/ 3 -> socket:/);
  });

  it('gets the arguments, the flags of node, the folder and the environment of the command', async () => {
    const cwd = tempDir();
    const { info } = await launched(
      'ready',
      {},
      { cwd, execArgv: ['--max-old-space-size=123'], env: { KEPT: 'yes' } },
    );
    expect(info.arguments).toEqual(['a b', '', 'é"$x']);
    expect(info.execArgv).toEqual(['--max-old-space-size=123']);
    expect(info.cwd).toBe(cwd);
    expect(info.grandchild).toMatch(/^KEPT=yes$/m);
  });

  it('shows no trace of the handshake to itself or its children', async () => {
    const { info } = await launched('ready');
    expect(info.grandchild).not.toMatch(/RODENT_INTERNAL|_DAEMONIZE/);
    expect(info.own.filter((name) => /RODENT_INTERNAL|_DAEMONIZE/.test(name))).toEqual([]);
  });

  it('starts from a command that is itself the child of a careless daemon', async () => {
    const env = { _DAEMONIZE_PROCESS: '1', RODENT_INTERNAL_HANDOVER: '{"role":"daemon","pipe":0}' };
    expect(await launched('ready', {}, { env })).toMatchObject({ info: { role: 'daemon' } });
  });

  it('appends to the logs of its predecessor', async () => {
    const log = path.join(tempDir(), 'one.log');
    fs.writeFileSync(log, 'before\n');
    await launched('ready', { stdout: log, stderr: log });
    expect(fs.readFileSync(log, 'utf8')).toBe('before\nstarting ready\n');
  });
});

describe('a failed start', () => {
  it("is the daemon's own error, with its exit status", async () => {
    const program = command('failed');
    expect((await program.outcome()).error).toEqual({
      code: 'START_FAILED',
      detail: 'The port is mine.',
      contextData: { exitCode: 4 },
    });
  });

  it('is the error that nobody caught', async () => {
    expect((await failure('throws')).detail).toBe('nobody catches this');
  });

  it('tells the exit status and the last words of a daemon that gave no reason', async () => {
    const log = path.join(tempDir(), 'error.log');
    fs.writeFileSync(log, 'an older story\n');
    expect(await failure('exits', { stderr: log })).toEqual({
      code: 'START_FAILED',
      detail:
        'The service ended before it was ready with exit status 7.\n' +
        'Its last words:\n  starting exits',
      contextData: { exitCode: 7 },
    });
  });

  it('tells the last words of a daemon that was killed', async () => {
    const { code, detail } = await failure('killed');
    expect(code).toBe('START_FAILED');
    expect(detail).toBe(
      'The service ended before it was ready.\nIts last words:\n  starting killed',
    );
  });

  it('leaves no daemon that said it failed and stayed', async () => {
    const program = command('failed-and-stays');
    expect((await program.outcome()).error?.detail).toBe('I cannot, but I stay.');
    expect(leftOf(program.folder)).toEqual([]);
  });

  it.each([
    ['script', { script: '/nonexistent/app.js' }],
    ['program', { node: '/nonexistent/node' }],
    ['program', { node: fixture('service.mjs') }],
    ['folder', { cwd: '/nonexistent' }],
  ])('names the %s that is missing or must not be used: %j', async (what, options) => {
    const { code, detail } = await failure('ready', options);
    expect(code).toBe('START_FAILED');
    expect(detail).toContain(`the ${what} "${Object.values(options)[0]}"`);
  });

  it('tells of a program that the kernel cannot run', async () => {
    const node = path.join(tempDir(), 'node');
    fs.writeFileSync(node, '\u007fELF nonsense', { mode: 0o755 });
    expect(await failure('ready', { node })).toMatchObject({ code: 'START_FAILED' });
  });

  it('names the log file that cannot be opened', async () => {
    const stderr = `${fixture('service.mjs')}/error.log`;
    const { code, detail } = await failure('ready', { stderr });
    expect(code).toBe('FILE');
    expect(detail).toContain(`Cannot open the log file "${stderr}"`);
  });
});

describe('a start that does not end', () => {
  it('is stopped after timeoutMs', async () => {
    const program = command('hangs', { timeoutMs: 5000 });
    expect((await program.outcome()).error).toMatchObject({
      code: 'NOT_READY',
      detail:
        'The service was not ready within 5 s and was stopped.\n' +
        'Its last words:\n  starting hangs',
    });
    expect(leftOf(program.folder)).toEqual([]);
  });

  it('is killed with its children when it does not listen to TERM', async () => {
    const program = command('stubborn', { timeoutMs: 5000 });
    expect((await program.outcome()).error?.code).toBe('NOT_READY');
    expect(program.log()).toMatch(/^no$/m);
    await gone(Number(/child (\d+)/.exec(program.log())?.[1]));
    expect(leftOf(program.folder)).toEqual([]);
  });

  it('is stopped when the command gives it up', async () => {
    const program = command('hangs', { abortOn: 'SIGUSR2' });
    await until('the daemon', () => program.log().includes('starting'));
    program.child.kill('SIGUSR2');
    expect((await program.outcome()).error?.code).toBe('CANCELED');
    expect(leftOf(program.folder)).toEqual([]);
  });

  it('tells the daemon when the command was killed', async () => {
    const program = command('late');
    await until('the daemon', () => program.log() !== '');
    program.child.kill('SIGKILL');
    await until('the end of the daemon', () => leftOf(program.folder).length === 0);
    expect(program.log()).toMatch(/^CANCELED: The command that started this service left before /m);
  });
});

/** Process ids of those that still write to the logs in `folder`. */
function leftOf(folder: string): readonly string[] {
  const others = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return others.filter((pid) => stderrOf(pid).startsWith(folder) && isAlive(Number(pid)));
}

function stderrOf(pid: string): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/fd/2`);
  } catch {
    return '';
  }
}
