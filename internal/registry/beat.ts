/** One beat: what is sent to the database for a whole host, and what comes back. */

import type { Asked } from './fleet.js';
import { columnsOf } from './member.js';
import type { Member } from './member.js';
import type { Fenced } from './roll-event.js';

/** What stays the same from beat to beat. */
export interface Roster {
  readonly database: Asked;
  readonly host: { readonly id: string; readonly name: string };
  readonly version: string;
  /** The roll that the rows belong to. */
  readonly ownerId: string;
  readonly lostAfterMs: number;
}

/** What one beat names. */
export interface Beat {
  readonly members: readonly Member[];
  /** The ids that the last beat named too. */
  readonly known: ReadonlySet<string>;
  /** What the last beat returned as `token`; undefined for the first. */
  readonly last: Token | undefined;
}

/** When and by which server a beat was taken, in the database's words; handed back with the next. */
export interface Token {
  readonly at: string;
  readonly server: string;
}

export type Verdict = 'ok' | Fenced;

export interface Answer {
  readonly token: Token;
  /** By the ids of the members. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

const BEAT = `
  select beat, verdicts
  from rodent.beat_host($1, $2, $3, $4, $5, $6, make_interval(secs => $7::float8 / 1000))`;

/** Beats for `members`; those that the roll named before and does not name now are removed. */
export async function beat(
  { database, host, version, ownerId, lostAfterMs }: Roster,
  { members, known, last }: Beat,
  signal: AbortSignal,
): Promise<Answer> {
  const rows = members.map((member) =>
    Object.assign({ is_known: known.has(member.id) }, columnsOf(member)),
  );
  const values = [
    host.id,
    host.name,
    version,
    ownerId,
    JSON.stringify(rows),
    last === undefined ? null : JSON.stringify(last),
    lostAfterMs,
  ];
  const { rows: answers } = await database.query<{
    readonly beat: Token;
    readonly verdicts: Readonly<Record<string, Verdict>>;
  }>(BEAT, values, { signal });
  const [answer] = answers;
  if (answer === undefined) throw new Error('the database gave no answer to a beat');
  return { token: answer.beat, verdicts: new Map(Object.entries(answer.verdicts)) };
}

/** Removes the processes of the fleet that are lost, and returns their ids. */
export async function reap(
  { database, lostAfterMs }: Roster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { rows } = await database.query<{ readonly id: string }>(
    'select id from rodent.reap(make_interval(secs => $1::float8 / 1000)) as lost (id)',
    [lostAfterMs],
    { signal },
  );
  return rows.map(({ id }) => id);
}
