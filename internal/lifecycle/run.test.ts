import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as support from '../../test/support/index.js';

const PROGRAM = path.join(import.meta.dirname, 'fixtures/program.mjs');

function start(scenario: string, options: object = {}): support.Program {
  return support.spawnNode(PROGRAM, [scenario, JSON.stringify(options)]);
}

describe('a program under run()', () => {
  test('that has nothing left to do runs its hooks and ends with 0', async () => {
    const program = start('natural');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toBe('close: all work is done\nstopped with 0\n');
    expect(program.stderr()).toBe('');
  });

  test('keeps the exit code it chose', async () => {
    const program = start('status');
    expect(await program.exit).toEqual({ code: 3, signal: null });
    expect(program.stdout()).toContain('close\n');
  });

  test('lives as long as main waits, and main ends before the hooks run', async () => {
    const program = start('wait', { events: true });
    await program.line(/waiting/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toMatch(/stopping\nmain ends\nlate hook\nstopped\n/);
  });

  test('whose main fails closes what was opened, says one sentence, and ends with its status', async () => {
    const program = start('fail', { name: 'shop' });
    expect(await program.exit).toEqual({ code: 2, signal: null });
    expect(program.stdout()).toContain('first closed\n');
    const lines = program.stderr().split('\n');
    expect(lines[0]).toBe('shop: The file "a.conf" is wrong.');
    expect(lines[1]).toMatch(
      /^shop: The hook "second" \(.*program\.mjs:\d+\) failed after \d+ms: second cannot close\.$/,
    );
    expect(lines).toHaveLength(3);
  });

  test('whose main has a bug says where', async () => {
    const program = start('bug');
    expect(await program.exit).toEqual({ code: 1, signal: null });
    expect(program.stdout()).toContain('close\n');
    expect(program.stderr()).toMatch(/^service: TypeError: [^\n]+\n\s+at [^\n]*program\.mjs:\d+/);
  });

  test.each([
    ['uncaught', 'thrown in a callback'],
    ['rejection', 'rejected in a callback'],
  ])('stops in order when an error escapes: %s', async (scenario, message) => {
    const program = start(scenario);
    expect(await program.exit).toEqual({ code: 1, signal: null });
    expect(program.stdout()).toBe('close\nstopped with 1\n');
    expect(program.stderr()).toMatch(
      new RegExp(`^service: Nobody caught this error: Error: ${message}\n\\s+at .*program\\.mjs`),
    );
  });

  test('with a hook that never settles, and nothing else alive, still runs the next', async () => {
    const program = start('hang', { hookMs: 20 });
    expect(await program.exit).toEqual({ code: 1, signal: null });
    expect(program.stdout()).toBe('last closed\nstopped with 1\n');
    expect(program.stderr()).toMatch(
      /^service: The hook "hanging" \(.*program\.mjs:\d+\) did not finish within \d+ms and was passed over\.\n$/,
    );
  });

  test('ends although handles are left that nobody closed', async () => {
    const program = start('stray', { events: true });
    await program.line(/ready/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toMatch(/"resources":\{[^}]*"TCPServerWrap":1/);
  });

  test('says its last words to the end', async () => {
    const program = start('loud');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout().trimEnd().split('\n')).toHaveLength(20_001);
  });

  test('passes over a main that does not look at its context, and names it', async () => {
    const program = start('deaf', { hookMs: 20 });
    await program.line(/deaf/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 1, signal: null });
    expect(program.stdout()).toContain('close\n');
    expect(program.stderr()).toContain('The canceller "main"');
  });

  test('that is stopped while it starts ends with 0, what was opened closed', async () => {
    const program = start('slowStart');
    await program.line(/starting/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.stdout()).toBe('starting\nclose\nstopped with 0\n');
    expect(program.stderr()).toBe('');
  });
});
