/** The removal of lost processes, by the clock of the database. */

import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { registryDatabase } from './testing/database.js';
import type { Connection } from './testing/database.js';
import { age, members, processIds, processOf, sorted, worker } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

const LIMIT = '200 milliseconds';

/** Sweeps; the server of the tests is older than the limit, and so is the last time of grace. */
async function sweep(db: Connection): Promise<readonly unknown[]> {
  await until('the server to be older than the limit', () =>
    db.value('select clock_timestamp() > pg_postmaster_start_time() + $1::interval', [LIMIT]),
  );
  await db.query("update rodent.reaper set ran_at = clock_timestamp(), spares_until = '-infinity'");
  return db.column('select rodent.reap($1)', [LIMIT]);
}

describe('reap()', () => {
  test('removes what has not beaten for too long, and leaves the hosts', async () => {
    const db = await registryDatabase();
    const [lost, living] = [supervisor(db), supervisor(db)];
    const [gone, here] = [members(3), members(2)];
    await lost.beat(gone);
    await living.beat(here);
    for (const { id } of gone) await age(db, id, '1 second');
    for (const { id } of here) await age(db, id, '-1 hour');
    expect(sorted(await sweep(db))).toEqual(gone.map(({ id }) => id));
    await expect(processIds(db)).resolves.toEqual(here.map(({ id }) => id));
    const { rows } = await db.query('select id, processes from rodent.list_hosts()');
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({ id: lost.hostId, processes: 0 });
    await expect(sweep(db)).resolves.toEqual([]);
  });

  test('removes the worker that was scaled away with its lost process, and no other', async () => {
    const db = await registryDatabase();
    const [scaled, wanted] = [await worker(db), await worker(db)];
    for (const { workerId } of [scaled, wanted])
      await age(db, await processOf(db, workerId), '1 second');
    await db.query('select rodent.scale_down($1, $2, 1)', [scaled.hostId, 'mail.send']);
    await expect(sweep(db)).resolves.toHaveLength(2);
    await expect(db.column('select id from rodent.workers')).resolves.toEqual([wanted.workerId]);
  });

  test('removes nothing as long after the start of the server as the limit', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    await age(db, id, '100 years');
    await expect(db.column("select rodent.reap('50 years')")).resolves.toEqual([]);
    await expect(processIds(db)).resolves.toEqual([id]);
  });

  test('gives everybody time to beat again when nobody has swept for so long', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    await age(db, id, '1 hour');
    await db.query("update rodent.reaper set ran_at = clock_timestamp() - interval '1 hour'");
    await expect(db.column("select rodent.reap('1 minute')")).resolves.toEqual([]);
    await expect(db.column("select rodent.reap('1 minute')")).resolves.toEqual([]);
    await expect(
      db.value("select spares_until - ran_at > interval '59 seconds' from rodent.reaper"),
    ).resolves.toBe(true);
    await expect(sweep(db)).resolves.toEqual([id]);
  });

  test('passes over what others hold, and lets one sweep at a time', async () => {
    const db = await registryDatabase();
    const roll = supervisor(db);
    const all = members(200);
    await roll.beat(all);
    await db.query("update rodent.processes set heartbeat_at = heartbeat_at - interval '1 hour'");
    const sweeps = await Promise.all(Array.from({ length: 10 }, () => sweep(db)));
    expect(sorted(sweeps.flat())).toEqual(all.map(({ id }) => id));
  });
});
