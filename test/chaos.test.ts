/** The short form of chaos: faults of every kind, once each, in the order of a fixed seed. */

import { expect, test } from 'vitest';

import { chaos } from './chaos/chaos.js';
import { FAULTS } from './chaos/faults.js';

const SEED = 20;

// About a minute, unless the machine is out of breath; the long form is `npm run test:chaos`.
test.runIf(process.platform === 'linux')(
  'a service under load outlives faults of every kind, and loses only what it must',
  async () => {
    const faults = FAULTS.filter(({ isLong }) => isLong !== true);
    const lines: string[] = [];
    const { steps } = await chaos({
      seed: SEED,
      faults,
      clients: 2,
      goesOn: (step) => step <= faults.length,
      tell: (line) => lines.push(line),
    }).catch((error: unknown) => {
      throw new Error(`${lines.join('\n')}\n${String(error)}`, { cause: error });
    });
    expect(steps).toBe(faults.length);
  },
  600_000,
);
