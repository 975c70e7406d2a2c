import path from 'node:path';

import { expect, test } from 'vitest';

import { spawnNode } from './support/index.js';

const FIGHT = path.join(import.meta.dirname, '../bench/single-instance.mjs');

interface Result {
  readonly claims: number;
  readonly overlaps: number;
  readonly errors: number;
  readonly lockedOut: number;
  readonly litter: number;
}

const RUNGS = [
  'flock',
  'abstract',
  ...(process.getBuiltinModule('node:sqlite' as string) === undefined ? [] : ['sqlite']),
];

// At most some seconds; the long form is `node bench/single-instance.mjs`.
test.runIf(process.platform === 'linux').each(RUNGS)(
  'rung %s: eight processes fight and fall for one PID file, and never two of them own it',
  async (rung) => {
    const fight = spawnNode(FIGHT, [
      '--json',
      '--rungs',
      rung,
      '--claims',
      '300',
      '--seconds',
      '6',
    ]);
    await fight.exit;
    expect(fight.stderr()).toBe('');
    const [result] = JSON.parse(fight.stdout()) as readonly Result[];
    expect(result).toMatchObject({ overlaps: 0, errors: 0, lockedOut: 0, litter: 0 });
    expect(result?.claims).toBeGreaterThan(0);
  },
);
