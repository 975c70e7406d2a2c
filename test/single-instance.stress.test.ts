import path from 'node:path';

import { expect, test } from 'vitest';

import { spawnNode, tempDir } from './support/index.js';

const FIGHT = path.join(import.meta.dirname, '../bench/single-instance.mjs');

interface Result {
  readonly claims: number;
  readonly overlaps: number;
  readonly errors: number;
  readonly stuck: number;
  readonly lockedOut: number;
  readonly litter: number;
}

const RUNGS = [
  'flock',
  'abstract',
  ...(process.getBuiltinModule('node:sqlite' as string) === undefined ? [] : ['sqlite']),
];

// Some seconds, unless the machine is out of breath; the long form is `node bench/single-instance.mjs`.
test.runIf(process.platform === 'linux').each(RUNGS)(
  'rung %s: eight processes fight and fall for one PID file, and never two of them own it',
  async (rung) => {
    const args = ['--json', '--rungs', rung, '--claims', '300', '--seconds', '5'];
    const fight = spawnNode(FIGHT, args, { env: { TMPDIR: tempDir() } });
    await fight.exit;
    expect(fight.stderr()).toBe('');
    const [result] = JSON.parse(fight.stdout()) as readonly Result[];
    expect(result).toMatchObject({ overlaps: 0, errors: 0, stuck: 0, lockedOut: 0, litter: 0 });
    expect(result?.claims).toBeGreaterThan(0);
  },
  180_000,
);
