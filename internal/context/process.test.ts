/** What only a process of its own can show: its heap, its work, its uncaught errors, its end. */

import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import * as support from '../../test/support/index.js';

const MEBIBYTE = 2 ** 20;

/** Runs a fixture to its end and returns what it printed. */
async function run(
  name: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<string> {
  const file = fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
  const program = support.spawnNode(file, args, { execArgv });
  const exit = await program.exit;
  expect([program.stderr(), exit]).toEqual(['', { code: 0, signal: null }]);
  return program.stdout();
}

describe('a long-lived context', () => {
  it('keeps nothing of a million children that were cancelled, nor of what else has ended', async () => {
    const grown = JSON.parse(await run('memory', [], ['--expose-gc'])) as Record<string, number>;
    expect(Object.keys(grown)).toContain('withCancel');
    // Whatever leaks once per use would show with at least 150 bytes times 20,000.
    const leaks = Object.entries(grown).filter(([, bytes]) => bytes > 2 * MEBIBYTE);
    expect(leaks).toEqual([]);
  });
});

describe('cancelling 100,000 children', () => {
  it('is ten times the work of cancelling 10,000, in whatever order', async () => {
    const counts = JSON.parse(await run('work', [], ['--no-opt', '--no-maglev'])) as Record<
      string,
      [number, number]
    >;
    expect(Object.keys(counts)).toHaveLength(4);
    for (const [few, many] of Object.values(counts)) {
      expect(few).toBeGreaterThan(10_000);
      expect(many / few).toBeCloseTo(10, 1);
    }
  });
});

describe('a listener or function that throws', () => {
  it('keeps no other from being called and is reported as an uncaught exception', async () => {
    const log = JSON.parse(await run('throwing')) as string[];
    expect(log.slice(0, 3)).toEqual(['listener one', 'listener two', 'returned CANCELED']);
    expect(log.slice(3).toSorted()).toEqual([
      'function one',
      'function two',
      'uncaught function one',
      'uncaught function two',
      'uncaught listener one',
      'uncaught listener two',
    ]);
  });
});

describe('a process', () => {
  it('is not kept alive by a deadline, by afterFunc or by race', async () => {
    expect(await run('idle')).toBe('end\n');
  });

  it('is kept alive by a sleep', async () => {
    expect(await run('idle', ['sleep'])).toBe('slept\nend\n');
  });
});
