import fs from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { describe, expect, onTestFinished, test } from 'vitest';

import { spawnNode, stateOf, tempDir, until } from '../../test/support/index.js';
import type { Program, SpawnOptions } from '../../test/support/index.js';
import type * as limits from './index.js';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');
const WATCHED = path.join(FIXTURES, 'watched.mjs');

/** Long enough that a busy machine does not look stuck. */
const PATIENT = { stuckMs: 3000 };

interface Watched extends Program {
  /** What the watchdog said so far. */
  lines(): limits.WatchdogLine[];
  /** Resolves with the first line of that type. */
  said<T extends limits.WatchdogLine['type']>(
    type: T,
  ): Promise<Extract<limits.WatchdogLine, { type: T }>>;
  /** Ends the stall. */
  release(): void;
}

interface Options extends SpawnOptions {
  readonly watchdog?: Partial<limits.WatchdogOptions>;
}

function start(kind: string, options: Options = {}): Watched {
  const file = path.join(tempDir(), 'release');
  const args = kind === 'held' ? [file] : [kind, file, JSON.stringify(options.watchdog ?? {})];
  return watch(spawn(kind === 'held' ? 'held.mjs' : 'watched.mjs', args, options), file);
}

function spawn(script: string, args: readonly string[], options: SpawnOptions = {}): Program {
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
  return spawnNode(path.join(FIXTURES, script), args, { stdio: [...stdio], ...options });
}

function watch(program: Program, file: string): Watched {
  let text = '';
  const reading = program.child.stdio[3] as Readable;
  reading.setEncoding('utf8').on('data', (more: string) => (text += more));
  const lines = (): limits.WatchdogLine[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as limits.WatchdogLine);
  return {
    ...program,
    lines,
    said: (type) =>
      until(`the line "${type}"`, () => lines().find((line) => line.type === type)) as never,
    release: () => fs.writeFileSync(file, ''),
  };
}

/** `file:line` of the fixture's line that ends with this comment. */
function place(comment: string): string {
  const lines = fs.readFileSync(WATCHED, 'utf8').split('\n');
  return `${WATCHED}:${lines.findIndex((line) => line.endsWith(`// ${comment}`)) + 1}:`;
}

describe('a stuck event loop', () => {
  test('is told once, with function and line, and goes on', async () => {
    const program = start('loop');
    const { silentMs, stack } = await program.said('stuck');
    expect(silentMs).toBeGreaterThanOrEqual(200);
    const [first = '', second = ''] = stack.split('\n').filter((line) => line.includes(WATCHED));
    expect(first).toContain(`at spin (${place("the loop's line")}`);
    expect(second).toContain(`at loop (${place("the caller's line")}`);
    program.release();
    await program.line(/went on/);
    await program.said('unstuck');
    expect(program.lines().map(({ type }) => type)).toEqual(['stuck', 'unstuck']);
  });

  test.each([
    ['a catastrophic regular expression', 'expression', "the expression's line"],
    ['a loop in native code', 'parse', "the parser's line"],
    ['a wait for another thread', 'wait', "the waiter's line"],
  ])('is found in %s', async (_, kind, comment) => {
    const program = start(kind);
    const { stack } = await program.said('stuck');
    expect(stack).toContain(`at ${kind} (${place(comment)}`);
  });

  test('in a system call is told without a stack, and goes on unpaused', async () => {
    const program = start('read', { watchdog: { stackMs: 100 } });
    const { stack } = await program.said('stuck');
    expect(stack).toBe('no stack: it waits in a system call or in native code');
    (program.child.stdio[4] as Writable).write('x');
    await program.line(/went on/);
    await program.said('unstuck');
  });

  test('that moves before its stack is taken has none: it would blame whoever runs next', async () => {
    const program = spawn('late.mjs', []);
    expect((await program.line(/"kind":"(\w+)"/))[1]).toBe('moved');
    await program.line(/(beat\s+){2}/);
  });

  test('far down tells the innermost frames, in a line that a pipe takes at once', async () => {
    const program = start('deep');
    const line = await program.said('stuck');
    expect(line.stack).toContain('at spin (');
    expect(line.stack).toMatch(/… and \d{4} more$/);
    expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThan(4096);
    program.release();
    await program.line(/went on/);
  });

  test('is told anew the next time', async () => {
    const program = start('twice');
    await program.said('stuck');
    program.release();
    await program.said('unstuck');
    await until('the second stall', () => program.lines().length === 3);
    program.release();
    await until('its end', () => program.lines().length === 4);
    const types = program.lines().map(({ type }) => type);
    expect(types).toEqual(['stuck', 'unstuck', 'stuck', 'unstuck']);
  });
});

describe('no judgement', () => {
  test('on an event loop that moves', async () => {
    const program = start('healthy', { watchdog: PATIENT });
    await program.line(/(beat\s+){16}/);
    expect(program.lines()).toEqual([]);
  });

  test('on a suspended process', async () => {
    const program = start('healthy', { watchdog: PATIENT });
    await program.line(/beat/);
    process.kill(program.pid, 'SIGSTOP');
    await until('it to be suspended', () => stateOf(program.pid) === 'T');
    const end = performance.now() + PATIENT.stuckMs + 1000;
    await until('the limit to pass', () => performance.now() > end);
    const before = program.stdout().length;
    process.kill(program.pid, 'SIGCONT');
    await until('some beats', () => program.stdout().length > before + 20);
    expect(program.lines()).toEqual([]);
  });

  test("while a debugger's port is open", async () => {
    const program = start('loop', { execArgv: ['--inspect=127.0.0.1:0'] });
    await program.said('debugged');
    program.release();
    await program.line(/went on/);
    await program.said('unstuck');
    expect(program.lines().map(({ type }) => type)).toEqual(['debugged', 'unstuck']);
  });

  test("on a loop that a debugger has paused: the pause stays the debugger's", async () => {
    const program = start('held');
    await program.line(/paused/);
    await program.said('debugged');
    const before = program.stdout();
    program.release();
    await program.said('unstuck');
    await until('a beat', () => program.stdout().length > before.length);
    expect(before.endsWith('paused\n')).toBe(true);
    expect(program.lines().map(({ type }) => type)).toEqual(['debugged', 'unstuck']);
  });
});

describe('a stuck orphan', () => {
  test('kills itself', async () => {
    const args = ['loop', path.join(tempDir(), 'never'), JSON.stringify({ orphanMs: 300 })];
    const parent = watch(spawn('parent.mjs', args), '');
    const pid = Number((await parent.line(/child (\d+)/))[1]);
    onTestFinished(() => killQuietly(pid));
    await parent.said('stuck');
    expect(stateOf(pid)).toMatch(/[RS]/);
    process.kill(parent.pid, 'SIGKILL');
    await until('its end', () => [undefined, 'Z'].includes(stateOf(pid)));
  });
});

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone, as it should.
  }
}

describe('a watchdog', () => {
  test('that cannot be had is told, and the process goes on without', async () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const program = start('healthy', { execArgv: [flag, '--allow-fs-read=*'] });
    await program.line(/failure: Cannot watch the event loop: .* ERR_ACCESS_DENIED/);
    await program.line(/beat/);
  });

  test('keeps no process alive and says nothing after close', async () => {
    const code = `
      import * as limits from ${JSON.stringify(path.resolve('dist/internal/limits/index.js'))};
      const isClosed = process.argv[2] === 'close';
      const watchdog = limits.openWatchdog({ fd: 1, stuckMs: isClosed ? 100 : 60_000 });
      if (isClosed) {
        await watchdog.close();
        const end = performance.now() + 1000;
        while (performance.now() < end);
      }
    `;
    const file = path.join(tempDir(), 'brief.mjs');
    fs.writeFileSync(file, code);
    const programs = [spawnNode(file), spawnNode(file, ['close'])];
    for (const program of programs) {
      expect(await program.exit).toEqual({ code: 0, signal: null });
      expect(program.stdout()).toBe('');
    }
  });
});
