/** A supervisor as the database sees it: one roll that beats when the test says so. */

import { randomUUID } from 'node:crypto';

import { beat } from '../beat.js';
import type { Token, Verdict } from '../beat.js';
import type { Member } from '../member.js';
import type { Connection } from './database.js';

export interface Supervisor {
  readonly hostId: string;
  /** Beats for these members; gives the verdicts by id. */
  beat(members: readonly Member[]): Promise<Readonly<Record<string, Verdict>>>;
  /** Has the last beat be so long ago, or by another server. */
  last: Token | undefined;
}

export interface SupervisorOptions {
  /** Default: a host of its own. */
  readonly hostId?: string;
  readonly hostName?: string;
  /** Default a minute. */
  readonly lostAfterMs?: number;
}

export function supervisor(db: Connection, options: SupervisorOptions = {}): Supervisor {
  const { hostId = randomUUID(), hostName = 'web1', lostAfterMs = 60_000 } = options;
  const host = { id: hostId, name: hostName };
  const roster = { database: db, host, version: '1.0.0', ownerId: randomUUID(), lostAfterMs };
  let known: ReadonlySet<string> = new Set();
  const self: Supervisor = {
    hostId,
    last: undefined,
    beat: async (members) => {
      const { signal } = new AbortController();
      const { token, verdicts } = await beat(roster, { members, known, last: self.last }, signal);
      self.last = token;
      known = new Set(verdicts.keys());
      return Object.fromEntries(verdicts);
    },
  };
  return self;
}
