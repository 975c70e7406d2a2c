/** The removal of lost processes, by the clock of the database. */

import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { registryDatabase } from './testing/database.js';
import type { Connection } from './testing/database.js';
import { age, limit, members, processIds, processOf, sorted, worker } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

const LIMIT_MS = 200;
const LIMIT = `${LIMIT_MS} milliseconds`;

/** Sweeps; the server of the tests is older than the limit, and so is the last time of grace. */
async function sweep(db: Connection): Promise<readonly unknown[]> {
  await until('the server to be older than the limit', () =>
    db.value('select clock_timestamp() > pg_postmaster_start_time() + $1::interval', [LIMIT]),
  );
  await db.query("update rodent.reaper set ran_at = clock_timestamp(), resumed_at = '-infinity'");
  return db.column('select rodent.reap($1)', [LIMIT]);
}

describe('reap()', () => {
  test('removes what has not beaten for too long, and leaves the hosts', async () => {
    const db = await registryDatabase();
    const lostAfterMs = LIMIT_MS;
    const [lost, living] = [supervisor(db, { lostAfterMs }), supervisor(db, { lostAfterMs })];
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

  test('judges each by the time that it said itself, whatever that of the caller is', async () => {
    const db = await registryDatabase();
    const [hasty, patient] = [supervisor(db, { lostAfterMs: LIMIT_MS }), supervisor(db)];
    const [gone, here] = [members(2), members(2)];
    await hasty.beat(gone);
    await patient.beat(here);
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    for (const row of [...gone, ...here, { id }]) await age(db, row.id, '50 seconds');
    expect(sorted(await sweep(db))).toEqual(gone.map(({ id: lost }) => lost));
    await expect(db.column("select rodent.reap('0')")).resolves.toEqual([]);
    await expect(processIds(db)).resolves.toEqual(sorted([...here.map((one) => one.id), id]));
    await supervisor(db, { hostId: patient.hostId, lostAfterMs: LIMIT_MS }).beat(here);
    for (const row of here) await age(db, row.id, '50 seconds');
    expect(sorted(await sweep(db))).toEqual(here.map(({ id: lost }) => lost));
  });

  test('removes the worker that was scaled away with its lost process, and no other', async () => {
    const db = await registryDatabase();
    const [scaled, wanted] = [await worker(db), await worker(db)];
    for (const { workerId } of [scaled, wanted]) {
      const id = await processOf(db, workerId);
      await limit(db, id, LIMIT);
      await age(db, id, '1 second');
    }
    await db.query('select rodent.scale_down($1, $2, 1)', [scaled.hostId, 'mail.send']);
    await expect(sweep(db)).resolves.toHaveLength(2);
    await expect(db.column('select id from rodent.workers')).resolves.toEqual([wanted.workerId]);
  });

  test('removes nothing as long after the start of the server as its limit', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    await limit(db, id, '50 years');
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
    await limit(db, id, LIMIT);
    await expect(sweep(db)).resolves.toEqual([id]);
  });

  test('passes over what others hold, and lets one sweep at a time', async () => {
    const db = await registryDatabase();
    const roll = supervisor(db, { lostAfterMs: LIMIT_MS });
    const all = members(200);
    await roll.beat(all);
    await db.query("update rodent.processes set heartbeat_at = heartbeat_at - interval '1 hour'");
    const sweeps = await Promise.all(Array.from({ length: 10 }, () => sweep(db)));
    expect(sorted(sweeps.flat())).toEqual(all.map(({ id }) => id));
  });
});
