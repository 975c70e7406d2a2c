import net from 'node:net';

import { describe, expect, it } from 'vitest';

import { spawnNode, until } from '../../test/support/index.js';
import type { Program } from '../../test/support/index.js';
import type { StartOptions } from './index.js';
import { SERVICE, endWithTest, fixture, gone, ps } from './testing/index.js';

interface Steps {
  readonly pid?: number;
  readonly port?: number;
  readonly ready?: unknown;
  readonly exited?: unknown;
  readonly error?: unknown;
}

interface Predecessor extends Program {
  /** The steps so far, in one. */
  steps(): Steps;
}

function predecessor(
  how: string,
  options: Partial<StartOptions> & {
    readonly abortOn?: string;
    readonly callOff?: boolean;
  } = {},
): Predecessor {
  const order = { script: SERVICE, arguments: [how], timeoutMs: 30_000, ...options };
  const program = spawnNode(fixture('predecessor.mjs'), [JSON.stringify(order)]);
  const steps = (): Steps =>
    Object.assign(
      {},
      ...program
        .stdout()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Steps),
    ) as Steps;
  return { ...program, steps };
}

async function ask(port: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  let heard = '';
  for await (const chunk of socket) heard += String(chunk);
  return heard.trim();
}

describe('a successor', () => {
  it('serves on the descriptor it inherited when its predecessor has left', async () => {
    const old = predecessor('serve');
    await old.line(/"ready":/);
    const { pid = 0, port = 0, ready } = old.steps();
    endWithTest(pid);
    expect(ready).toEqual({ fd: 4, other: null });
    await gone(old.pid);
    expect(await ask(port)).toBe(String(pid));
  });

  it('goes on with what the predecessor tells it, and sees it leave', async () => {
    const old = predecessor('told');
    await old.line(/told \{"generation":2\}/);
    await old.line(/alone now/);
    expect(await old.exit).toEqual({ code: 0, signal: null });
  });

  it('can be called off after it is ready', async () => {
    const old = predecessor('ready', { callOff: true });
    await old.exit;
    expect(old.steps()).toMatchObject({ exited: { code: null, signal: 'SIGTERM' } });
  });

  it('gives neither its pipe nor the variable to its children', async () => {
    const old = predecessor('ready', { callOff: true });
    await old.exit;
    const { ready } = old.steps() as { readonly ready: { readonly grandchild: string } };
    expect(ready.grandchild).not.toMatch(/RODENT_INTERNAL/);
    expect(ready.grandchild).not.toMatch(/ [34] -> socket:/);
  });

  it('has its own session when detached', async () => {
    const old = predecessor('hangs', { detached: true, abortOn: 'SIGUSR2' });
    await old.line(/starting hangs/);
    const { pid = 0 } = old.steps();
    expect(ps(pid, 'sid,pgid')).toEqual([String(pid), String(pid)]);
    old.child.kill('SIGUSR2');
    await old.exit;
    expect(old.steps().error).toMatchObject({ code: 'CANCELED' });
    await gone(pid);
  });
});

describe('a successor that does not stand', () => {
  it.each([
    ['failed', { detail: 'The port is mine.', contextData: { exitCode: 4 } }],
    ['throws', { detail: 'nobody catches this' }],
    ['exits', { detail: 'The successor ended before it was ready with exit status 7.' }],
    ['killed', { detail: 'The successor ended before it was ready by SIGKILL.' }],
  ])('tells its own error: %s', async (how, error) => {
    const old = predecessor(how);
    expect(await old.exit).toEqual({ code: 0, signal: null });
    expect(old.steps().error).toMatchObject({ code: 'START_FAILED', ...error });
    await gone(old.steps().pid ?? 0);
  });

  it('is stopped after timeoutMs', async () => {
    const old = predecessor('hangs', { timeoutMs: 1000 });
    await old.exit;
    expect(old.steps().error).toMatchObject({ code: 'NOT_READY' });
    await gone(old.steps().pid ?? 0);
  });

  it('is an error when node cannot be started or a descriptor is not open', async () => {
    const missing = predecessor('ready', { node: '/nonexistent/node' });
    await missing.exit;
    expect(missing.steps().error).toMatchObject({
      code: 'START_FAILED',
      detail: 'The successor could not be started: spawn /nonexistent/node ENOENT.',
    });
    const closed = predecessor('ready', { inherit: [{ name: 'x', value: 99 }] });
    await closed.exit;
    expect(closed.steps().error).toMatchObject({
      detail: 'Cannot pass "x" on: descriptor 99 is not open.',
    });
  });

  it('stops by itself when its predecessor is killed before it is ready', async () => {
    const old = predecessor('late');
    await old.line(/starting late/);
    old.child.kill('SIGKILL');
    await until('what the successor hears', () => old.stderr().includes('CANCELED: '));
    await gone(old.steps().pid ?? 0);
    await old.exit;
    expect(old.steps().error).toBeUndefined();
  });
});
