import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { spawnNode, tempDir, until } from '../../test/support/index.js';
import type { Program } from '../../test/support/index.js';
import * as child from './index.js';
import { gone, isAlive, pidIn } from './testing/command.js';

const KEEPER = fileURLToPath(new URL('fixtures/keeper.mjs', import.meta.url));

/** A program that ignores TERM, with a grandchild that does so too; both write their pids to files. */
function stubborn(dir: string, name: string): { readonly command: readonly string[] } {
  const inner = `trap '' TERM HUP INT; echo $$ > ${dir}/${name}.grandchild; while :; do sleep 1; done`;
  const outer = `trap '' TERM HUP INT; sh -c "$0" & echo $$ > ${dir}/${name}.leader; while :; do sleep 1; done`;
  return { command: ['sh', '-c', outer, inner] };
}

function keep(programs: readonly object[], ...ending: string[]): Program {
  return spawnNode(KEEPER, [JSON.stringify(programs), ...ending]);
}

async function started(keeper: Program): Promise<{ guard: number; programs: number[] }> {
  const [line] = await keeper.line(/^\{.*\}$/m);
  return JSON.parse(line) as { guard: number; programs: number[] };
}

describe('a supervisor that is killed', () => {
  test('leaves neither programs nor grandchildren nor its guard', async () => {
    const dir = tempDir();
    const keeper = keep([stubborn(dir, 'a'), stubborn(dir, 'b')]);
    const { guard, programs } = await started(keeper);
    const files = ['a.leader', 'a.grandchild', 'b.leader', 'b.grandchild'];
    const pids = await Promise.all(files.map((file) => pidIn(path.join(dir, file))));
    expect([pids[0], pids[2]]).toEqual(programs);
    keeper.child.kill('SIGKILL');
    await gone([...pids, guard]);
  });

  test('is survived by nothing either when signals hit its guard before', async () => {
    const dir = tempDir();
    const keeper = keep([stubborn(dir, 'a')]);
    const { guard } = await started(keeper);
    const leader = await pidIn(path.join(dir, 'a.leader'));
    await until('the guard to listen', () => ignoresTerm(guard));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
      process.kill(guard, signal);
    }
    keeper.child.kill('SIGKILL');
    await gone([leader, guard]);
  });
});

test('a supervisor that exits without a word takes its programs along', async () => {
  const dir = tempDir();
  const keeper = keep([stubborn(dir, 'a')], 'exit');
  const { guard, programs } = await started(keeper);
  await gone([...programs, guard]);
});

test('close() in order kills nobody: what had left the list is not touched', async () => {
  const dir = tempDir();
  const bystander = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const guard = child.openGuard();
  guard.add(bystander.pid ?? 0);
  guard.add(999_999_999);
  for (const nobody of [Number.NaN, -1, 0, 1]) guard.add(nobody);
  guard.remove(bystander.pid ?? 0);
  await guard.close();
  await guard.close();
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
  const keeper = keep([{ command: 'sleep 1000', directory: dir }], 'close');
  await keeper.line(/closed/);
  expect(await keeper.exit).toEqual({ code: 0, signal: null });
});

test('close() kills what is still on the list', async () => {
  const left = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const guard = child.openGuard();
  guard.add(left.pid ?? 0);
  await guard.close();
  await gone([left.pid ?? 0]);
  expect(guard.pid).toBeNaN();
});

test('a guard that is killed is replaced, and the next one knows the list', async () => {
  const dir = tempDir();
  const keeper = keep([stubborn(dir, 'a')]);
  const { guard } = await started(keeper);
  const pids = [
    await pidIn(path.join(dir, 'a.leader')),
    await pidIn(path.join(dir, 'a.grandchild')),
  ];
  process.kill(guard, 'SIGKILL');
  const next = await until('another guard', () => guardOf(keeper.pid, guard));
  await until('the guard to listen', () => ignoresTerm(next));
  keeper.child.kill('SIGKILL');
  await gone([...pids, next]);
});

test('guards that keep ending at once are told, and no more are started', async () => {
  const told: Error[] = [];
  const guard = child.openGuard({ onLost: (error) => told.push(error) });
  await until('the last one to end', () => {
    if (!Number.isNaN(guard.pid)) process.kill(guard.pid, 'SIGKILL');
    return told.length > 0;
  });
  expect(told.map(({ message }) => message)).toEqual([expect.stringMatching(/guard is gone/)]);
  expect(guard.pid).toBeNaN();
  guard.add(999_999_999);
  await guard.close();
});

/** Whether a process ignores SIGTERM, as a guard does from its first line on. */
function ignoresTerm(pid: number): boolean {
  const [, mask = '0'] =
    /^SigIgn:\s+(\w+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n;
}

/** The guard among the children of a process. */
function guardOf(parent: number, except: number): number | undefined {
  const text = fs.readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8');
  return text
    .trim()
    .split(' ')
    .map(Number)
    .filter((pid) => pid !== except && isAlive(pid))
    .find((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('rodent-guard'));
}
