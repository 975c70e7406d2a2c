import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import * as support from '../../test/support/index.js';
import * as lifecycle from './index.js';

const PROGRAM = path.join(import.meta.dirname, 'fixtures/program.mjs');

async function start(scenario: string, options: object = {}): Promise<support.Program> {
  const all = JSON.stringify({ events: true, ...options });
  const program = support.spawnNode(PROGRAM, [scenario, all]);
  await program.line(/^(ready|serving)$/m);
  return program;
}

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s, status 0', async (signal) => {
    const program = await start('serve');
    program.child.kill(signal);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain(`close: ${signal} received\n`);
  });

  test('takes a volley of TERM and INT, as nodemon and npm send it, for one', async () => {
    const program = await start('serve', { drainDelayMs: 100, duplicateMs: 60_000 });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGINT'] as const) program.child.kill(signal);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain('close: ');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once on a second %s, and says what it waited for', async (signal, code) => {
    const program = await start('stuck', { events: false, duplicateMs: 0, name: 'shop' });
    program.child.kill('SIGTERM');
    await program.line(/hanging/);
    program.child.kill(signal);
    expect(await program.exit).toEqual({ code, signal: null });
    expect(program.stdout()).not.toContain('last closed');
    const lines = program.stderr().split('\n');
    expect(lines[0]).toMatch(
      new RegExp(`^shop: Ended at once after .*, exit status ${code}: ${signal} received`),
    );
    expect(lines.slice(1)).toEqual([
      'Still alive:',
      expect.stringMatching(/^ {2}hook "hanging" \(.*program\.mjs:\d+\), running for \d/),
      expect.stringMatching(/^ {2}hook "last" \(.*program\.mjs:\d+\), had not begun/),
      expect.stringMatching(/^ {2}hook "oldest" \(.*program\.mjs:\d+\), had not begun/),
      '  requests: GET /slow, 3s',
      expect.stringMatching(/^ {2}handles: .*Timeout/),
      '',
    ]);
  });

  test('reloads on HUP and goes on; a burst is no more than two', async () => {
    const program = await start('serve');
    program.child.kill('SIGHUP');
    await program.line(/RELOAD_SUCCEEDED/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain('reloaded\n');
  });

  test('never opens the debugger port on USR1', async () => {
    const program = await start('serve');
    program.child.kill('SIGUSR1');
    program.child.kill('SIGHUP');
    await program.line(/RELOAD_SUCCEEDED/);
    program.child.kill('SIGTERM');
    await program.exit;
    expect(program.stderr()).toBe('');
  });

  test('calls the given functions, and outlives one that throws', async () => {
    const program = await start('signals');
    program.child.kill('SIGQUIT');
    await program.line(/SIGNAL_HANDLER_FAILED/);
    program.child.kill('SIGUSR2');
    await program.line(/usr2/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  test('ends at once with 128 + n where that is the action', async () => {
    const program = await start('serve');
    program.child.kill('SIGXCPU');
    expect(await program.exit).toEqual({ code: 152, signal: null });
    expect(program.stdout()).not.toContain('close: ');
  });

  test('stops on HUP where that is the action', async () => {
    const program = await start('serve', { signals: { SIGHUP: 'stop' } });
    program.child.kill('SIGHUP');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toContain('close: SIGHUP received');
  });

  test('is stopped by a signal that comes before its start has ended', async () => {
    const program = support.spawnNode(PROGRAM, ['slowStart', '{"events":true}']);
    await program.line(/starting/);
    program.child.kill('SIGHUP');
    program.child.kill('SIGINT');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).not.toContain('RELOAD');
  });

  test.skipIf(process.platform !== 'linux' || !fs.existsSync('/usr/bin/script'))(
    'stops on HUP when its terminal was closed',
    async () => {
      const file = path.join(support.tempDir(), 'cause');
      const command = [process.execPath, PROGRAM, 'terminal', '{}', file].join("' '");
      const terminal = spawn('/usr/bin/script', ['-qec', `exec '${command}'`, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const read = (): string => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
      const pid = Number(await support.until('the pid', () => /^\d+$/.test(read()) && read()));
      onTestFinished(() => {
        terminal.kill('SIGKILL');
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      });
      terminal.kill('SIGKILL');
      await support.until('the end', () => read() !== '' && !/^\d+$/.test(read()));
      expect(read()).toBe('SIGHUP received');
      await support.until('the end', () => !isAlive(pid));
    },
  );

  test('ends when its parent is killed', async () => {
    const parent = path.join(import.meta.dirname, 'fixtures/parent.mjs');
    const program = support.spawnNode(parent, ['watchParent', '{"events":true}']);
    await program.line(/^ready$/m);
    program.child.kill('SIGKILL');
    await program.exit;
    expect(program.stdout()).toContain('close: parent-lost\n');
  });
});

describe('handleSignals()', () => {
  test('takes its listeners away again', () => {
    const before = countListeners();
    const uninstall = lifecycle.handleSignals(lifecycle.create(), { SIGUSR2: 'ignore' });
    expect(countListeners()).toBe(before + 2);
    uninstall();
    uninstall();
    expect(countListeners()).toBe(before);
  });

  test('leaves signals to the system when the process has stopped', async () => {
    const life = lifecycle.create({ duplicateMs: 1 });
    const before = countListeners();
    const uninstall = lifecycle.handleSignals(life);
    onTestFinished(uninstall);
    expect(countListeners()).toBe(before + 1);
    await life.shutdown();
    await support.until('no listener', () => countListeners() === before);
  });

  test('refuses what no process can catch, and installs nothing then', () => {
    const before = countListeners();
    const actions: Record<string, 'ignore'> = { SIGKILL: 'ignore' };
    expect(() => lifecycle.handleSignals(lifecycle.create(), actions)).toThrow(
      'Cannot handle SIGKILL: no process can catch it.',
    );
    expect(countListeners()).toBe(before);
  });

  test('counts a signal once though it was installed twice', async () => {
    const life = lifecycle.create({ duplicateMs: 60_000 });
    const uninstall = [lifecycle.handleSignals(life), lifecycle.handleSignals(life)];
    life.registerDrain('turn', () => once(process, 'SIGTERM'));
    process.emit('SIGTERM');
    process.emit('SIGTERM');
    const report = await life.whenStopped;
    for (const undo of uninstall) undo();
    expect(report).toMatchObject({ forcedBy: undefined, exitCode: 0 });
  });
});

function countListeners(): number {
  return process.listenerCount('SIGTERM') + process.listenerCount('SIGUSR2');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
