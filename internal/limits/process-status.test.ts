import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { canBecomeNobody, spawnNode } from '../../test/support/index.js';
import type { Program } from '../../test/support/index.js';
import * as limits from './index.js';

const MIB = 1 << 20;
const hasProc = process.platform === 'linux';

interface Usage {
  readonly own: number;
  readonly parent?: number;
}

async function start(...args: readonly string[]): Promise<{ program: Program; usage: Usage }> {
  const program = spawnNode(path.join(import.meta.dirname, 'fixtures/usage.mjs'), args);
  const [text] = await program.line(/^\{.*\}$/m);
  return { program, usage: JSON.parse(text) as Usage };
}

describe('memory()', () => {
  test('of this process grows with what it holds', () => {
    const before = limits.memory(process.pid) ?? 0;
    const held = Buffer.alloc(100 * MIB, 1);
    const after = limits.memory(process.pid) ?? 0;
    expect(before).toBeGreaterThan(10 * MIB);
    expect(after - before).toBeGreaterThan(held.length / 2);
  });

  test.runIf(hasProc)('of another process is what that says of itself', async () => {
    const { program, usage } = await start();
    const seen = limits.memory(program.pid) ?? 0;
    expect(seen / usage.own).toBeGreaterThan(0.5);
    expect(seen / usage.own).toBeLessThan(2);
  });

  test.runIf(hasProc && canBecomeNobody)(
    'is known to a process that dropped its privileges',
    async () => {
      const { usage } = await start('nobody');
      expect(usage.own).toBeGreaterThan(10 * MIB);
      expect(usage.parent).toBeGreaterThan(10 * MIB);
    },
  );

  test('of a process that has ended, or of none, is not known', async () => {
    const { program } = await start();
    program.child.kill('SIGKILL');
    await program.exit;
    expect([program.pid, Number.NaN, -1].map((pid) => limits.memory(pid))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
