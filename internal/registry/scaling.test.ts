/** The SQL functions that say which workers a host is to run. */

import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

import { until } from '../../test/support/index.js';
import { connect, registryDatabase } from './testing/database.js';
import type { Connection } from './testing/database.js';
import { age, host, processIds, processOf, sorted } from './testing/fixture.js';

const UP = 'select rodent.scale_up($1, $2, $3)';
const DOWN = 'select rodent.scale_down($1, $2, $3)';

function workers(db: Connection): Promise<readonly unknown[]> {
  return db.column('select id from rodent.workers order by id');
}

describe('get_or_create_worker_id()', () => {
  test('gives 50 who ask at once the same new worker', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const ids = await Promise.all(
      Array.from({ length: 50 }, () =>
        db.value('select rodent.get_or_create_worker_id($1, $2)', [hostId, 'mail.send']),
      ),
    );
    expect(new Set(ids).size).toBe(1);
    await expect(workers(db)).resolves.toEqual([ids[0]]);
  });

  test('gives the oldest of several that are wanted', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const call = (): Promise<unknown> =>
      db.value('select rodent.get_or_create_worker_id($1, $2)', [hostId, 'mail.send']);
    const [first] = await db.column(UP, [hostId, 'mail.send', 1]);
    await db.query(UP, [hostId, 'mail.send', 3]);
    await db.query(UP, [await host(db), 'mail.send', 1]);
    await expect(call()).resolves.toBe(first);
    await processOf(db, first as string);
    await db.query('update rodent.workers set is_wanted = false where id = $1', [first]);
    await expect(call()).resolves.not.toBe(first);
  });

  test('refuses an unknown host and a type without a name', async () => {
    const db = await registryDatabase();
    const call = 'select rodent.get_or_create_worker_id($1, $2)';
    await expect(db.query(call, [randomUUID(), 'mail.send'])).rejects.toMatchObject({
      code: '23503',
      message: expect.stringContaining('There is no host'),
    });
    await expect(db.query(call, [await host(db), ''])).rejects.toMatchObject({ code: '22023' });
  });
});

describe('scale_up()', () => {
  test('adds workers of a type that nobody knew', async () => {
    const db = await registryDatabase();
    const ids = await db.column(UP, [await host(db), 'mail.send', 3]);
    expect(ids).toHaveLength(3);
    await expect(workers(db)).resolves.toEqual(sorted(ids));
    await expect(db.column('select * from rodent.worker_types')).resolves.toEqual(['mail.send']);
  });

  test.each([-1, null])('refuses %s workers', async (n) => {
    const db = await registryDatabase();
    const hostId = await host(db);
    for (const call of [UP, DOWN, 'select rodent.scale($1, $2, $3)'])
      await expect(db.query(call, [hostId, 'mail.send', n])).rejects.toMatchObject({
        code: '22023',
      });
  });
});

describe('scale_down()', () => {
  test('takes those without a process first, then the oldest heartbeat', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const ids = (await db.column(UP, [hostId, 'mail.send', 4])) as string[];
    const [busy = '', old = '', idle = '', young = ''] = ids;
    const processes = [
      await processOf(db, busy),
      await processOf(db, old),
      await processOf(db, young),
    ];
    await age(db, processes[0] ?? '', '5 seconds');
    await age(db, processes[1] ?? '', '9 seconds');
    const removed = await db.column(DOWN, [hostId, 'mail.send', 2]);
    expect(sorted(removed)).toEqual(sorted([old, idle]));
    await expect(workers(db)).resolves.toEqual(sorted([busy, old, young]));
    await expect(
      db.column('select id from rodent.processes where termination_requested'),
    ).resolves.toEqual([processes[1]]);
    await expect(db.column('select id from rodent.wanted_workers($1)', [hostId])).resolves.toEqual(
      expect.not.arrayContaining([old]),
    );
    await db.query('select rodent.disconnect($1)', [processes[1]]);
    await expect(workers(db)).resolves.toEqual(sorted([busy, young]));
  });

  test('takes as many as there are, of this host and type only', async () => {
    const db = await registryDatabase();
    const [here, there] = [await host(db), await host(db)];
    const mine = await db.column(UP, [here, 'mail.send', 2]);
    const others = [
      ...(await db.column(UP, [there, 'mail.send', 1])),
      ...(await db.column(UP, [here, 'mail.read', 1])),
    ];
    const removed = await db.column(DOWN, [here, 'mail.send', 9]);
    expect(sorted(removed)).toEqual(sorted(mine));
    await expect(workers(db)).resolves.toEqual(sorted(others));
  });

  test('picks nobody twice, and leaves no row behind, while processes come and go', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const ids = (await db.column(UP, [hostId, 'mail.send', 12])) as string[];
    const processes = await Promise.all(ids.map((id) => processOf(db, id)));
    const picks = Promise.all(
      Array.from({ length: 6 }, () => db.column(DOWN, [hostId, 'mail.send', 2])),
    );
    const leaves = Promise.all(
      processes.map((id) => db.query('select rodent.disconnect($1)', [id])),
    );
    const picked = (await picks).flat();
    await leaves;
    expect(sorted(picked)).toEqual(sorted(ids));
    await expect(processIds(db)).resolves.toEqual([]);
    await expect(workers(db)).resolves.toEqual([]);
  });
});

describe('scale()', () => {
  test('comes to the number that is asked for, also when ten ask at once', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const call = (n: number): Promise<{ rows: unknown[] }> =>
      db.query('select * from rodent.scale($1, $2, $3)', [hostId, 'mail.send', n]);
    await Promise.all(Array.from({ length: 10 }, () => call(5)));
    await expect(workers(db)).resolves.toHaveLength(5);
    const { rows } = await call(3);
    expect(rows).toEqual([
      { worker_id: expect.any(String) as string, is_wanted: false },
      { worker_id: expect.any(String) as string, is_wanted: false },
    ]);
    await expect(workers(db)).resolves.toHaveLength(3);
    expect((await call(3)).rows).toEqual([]);
    await Promise.all([call(0), call(7), call(2), call(4)]);
    const left = (await workers(db)).length;
    expect([0, 2, 4, 7]).toContain(left);
  });
});

describe('the channel rodent_registry', () => {
  test('carries the host when its workers change or a process is to leave', async () => {
    const db = await registryDatabase();
    const hostId = await host(db);
    const heard = await listener(db.url);
    const ids = (await db.column('select worker_id from rodent.scale($1, $2, 1)', [
      hostId,
      'mail.send',
    ])) as string[];
    await until('the scaling to be told', () => heard.length === 1);
    const id = await processOf(db, ids[0] ?? '');
    await db.query('select rodent.keepalive($1::uuid)', [id]);
    await db.query('select rodent.request_process_termination($1)', [randomUUID()]);
    await db.query('select rodent.request_process_termination($1)', [id]);
    await until('the request to be told', () => heard.length === 2);
    expect(heard).toEqual([hostId, hostId]);
  });
});

async function listener(url: string): Promise<readonly (string | undefined)[]> {
  const heard: (string | undefined)[] = [];
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('listen rodent_registry');
  return heard;
}

test('a stranger to the fleet changes nothing by asking about it', async () => {
  const db = await registryDatabase();
  const other = connect(db.url);
  await expect(
    other.column('select * from rodent.wanted_workers($1)', [randomUUID()]),
  ).resolves.toEqual([]);
  await expect(
    other.value('select process_id from rodent.process_of_worker($1)', [randomUUID()]),
  ).resolves.toBeNull();
});
