/** Many hosts, many processes, many beats. */

import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { connect, registryDatabase } from './testing/database.js';
import type { Connection } from './testing/database.js';
import { member, members, processIds } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

describe('a fleet', () => {
  test('of 200 hosts keeps 10,000 processes registered, and shows some without reading all', async () => {
    const db = await registryDatabase();
    const hosts = Array.from({ length: 200 }, (_, index) => ({
      roll: supervisor(db, { hostName: `web${index}` }),
      all: members(50),
    }));
    await Promise.all(hosts.map(({ roll, all }) => roll.beat(all)));
    await db.query("update rodent.processes set heartbeat_at = heartbeat_at - interval '1 hour'");
    const verdicts = await Promise.all(hosts.map(({ roll, all }) => roll.beat(all)));
    expect(verdicts.flatMap((one) => Object.values(one))).toEqual(Array(10_000).fill('ok'));
    const { rows } = await db.query(
      `select count(*)::int as processes, count(distinct host_id)::int as hosts,
         (count(*) filter (where heartbeat_at < clock_timestamp() - interval '30 minutes'))::int as old
       from rodent.processes`,
    );
    expect(rows).toEqual([{ processes: 10_000, hosts: 200, old: 0 }]);
    await db.query('analyze rodent.processes');
    const [after] = await db.column(
      'select id from rodent.processes order by id offset 9000 limit 1',
    );
    const [first] = hosts;
    // Old versions of a row that somebody may still see are read on the way.
    const page = await readFor(db, [null, after, 100]);
    expect(page.shown).toBe(100);
    expect(page.read).toBeLessThan(200);
    const one = await readFor(db, [first?.roll.hostId, null, null]);
    expect(one.shown).toBe(50);
    expect(one.read).toBeLessThan(100);
  });

  test('of one host that starts 50 times at once is one row', async () => {
    const db = await registryDatabase();
    const hostId = randomUUID();
    const rolls = Array.from({ length: 50 }, () => supervisor(db, { hostId }));
    await Promise.all(rolls.map((roll) => roll.beat([member()])));
    await expect(db.column('select id from rodent.hosts')).resolves.toEqual([hostId]);
    await expect(processIds(db)).resolves.toHaveLength(50);
  });
});

/** How many rows a call shows, and how many of the table's it reads for that. */
interface Reading {
  readonly shown: number;
  readonly read: number;
}

async function readFor(db: Connection, values: readonly unknown[]): Promise<Reading> {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  try {
    await client.query('begin');
    const { rowCount } = await client.query('select from rodent.list_processes($1, $2, $3)', [
      ...values,
    ]);
    const { rows } = await client.query<{ read: number }>(
      `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read
       from pg_stat_xact_user_tables where relname = 'processes'`,
    );
    return { shown: rowCount ?? 0, read: rows[0]?.read ?? 0 };
  } finally {
    await client.end();
  }
}

describe('the tables', () => {
  test('do not grow with the beats: every new version of a row finds its place in the page', async () => {
    const db = await registryDatabase();
    // A connection tells what it did when it ends.
    const own = connect(db.url, { max: 1, idleTimeoutMillis: 100 });
    const rolls = Array.from({ length: 4 }, () => ({ roll: supervisor(own), all: members(50) }));
    const beat = async (): Promise<void> => {
      for (const { roll, all } of rolls) await roll.beat(all);
    };
    await beat();
    const pages = "select pg_relation_size('rodent.processes')::int / 8192";
    const before = Number(await db.value(pages));
    for (let round = 0; round < 40; round += 1) await beat();
    // Whoever looks at the table meanwhile (the server does, for its statistics) needs old versions, which
    // then take room; without a place in their page, each round would take as much again.
    expect(Number(await db.value(pages))).toBeLessThan(before * 30);
    const counts = await until('the statistics', async () => {
      const { rows } = await db.query<{ relname: string; all: number; hot: number }>(
        `select relname, n_tup_upd::int as all, n_tup_hot_upd::int as hot
         from pg_stat_user_tables where relname in ('hosts', 'processes') order by relname`,
      );
      return (rows[1]?.all ?? 0) >= 40 * 200 && (rows[0]?.all ?? 0) >= 40 * 4 ? rows : undefined;
    });
    for (const { all, hot } of counts) expect(hot / all).toBeGreaterThan(0.9);
  });
});
