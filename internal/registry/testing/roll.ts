/** Rolls as the tests open them: fast, watched, and closed with the test. */

import { randomUUID } from 'node:crypto';

import { onTestFinished } from 'vitest';

import { until } from '../../../test/support/index.js';
import * as postgres from '../../postgres/index.js';
import type { Member } from '../member.js';
import type { Fenced, RollEvent } from '../roll-event.js';
import type { Roll, RollOptions } from '../roll-options.js';
import { openRoll } from '../roll.js';

export interface Watched {
  readonly hostId: string;
  readonly roll: Roll;
  /** What runs; the test may change it. */
  readonly members: Member[];
  readonly fenced: (readonly [id: string, why: Fenced])[];
  readonly events: RollEvent[];
  /** How many beats were sent. */
  beats(): number;
  /** Resolves once an event of this type was told. */
  told(type: RollEvent['type']): Promise<RollEvent>;
}

/** Opens a roll for `members` on the database at `url`; a host of its own unless `options` says which. */
export function watchedRoll(
  url: string,
  members: readonly Member[],
  options: Partial<RollOptions> = {},
): Watched {
  const database = postgres.open({
    address: { url },
    applicationName: 'rodent test',
    maxConnections: 2,
    connectTimeoutMs: 2000,
    closeTimeoutMs: 100,
  });
  let sent = 0;
  const counting: RollOptions['database'] = {
    query: (...words) => {
      if (words[0].includes('beat_host')) sent += 1;
      return database.query(...words);
    },
  };
  const events: RollEvent[] = [];
  const fenced: [string, Fenced][] = [];
  const running = [...members];
  const host = { id: randomUUID(), name: 'web1' };
  const roll = openRoll({
    database: counting,
    host,
    version: '1.0.0',
    beatMs: 50,
    lostAfterMs: 60_000,
    members: () => running,
    onFenced: (id, why) => fenced.push([id, why]),
    observe: (event) => events.push(event),
    ...options,
  });
  onTestFinished(async () => {
    await roll.close({ keep: true });
    await database.close();
  });
  return {
    hostId: (options.host ?? host).id,
    roll,
    members: running,
    fenced,
    events,
    beats: () => sent,
    told: (type) => until(type, () => events.find((event) => event.type === type)),
  };
}

/** Resolves when the last beat of `roll` is younger than this moment. */
export async function nextBeat({ beats, roll }: Watched): Promise<void> {
  const before = beats();
  const at = roll.status().lastBeatAt;
  await until('the next beat', () => beats() > before && roll.status().lastBeatAt !== at);
}
