/** The SQL functions of a process: registering, taking over, beating, leaving. */

import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { connect, registryDatabase } from './testing/database.js';
import { age, host, processIds, processOf, worker } from './testing/fixture.js';

describe('register_host()', () => {
  test('makes a host known, keeps a known one and stores its new name', async () => {
    const db = await registryDatabase();
    const id = await host(db, 'web1');
    await db.query('select rodent.register_host($1, $2)', [id, 'web1']);
    await db.query('select rodent.register_host($1, $2)', [id, 'web2']);
    const { rows } = await db.query('select id, name from rodent.hosts');
    expect(rows).toEqual([{ id, name: 'web2' }]);
  });
});

describe('register_worker()', () => {
  test('may be repeated, also by 50 at once', async () => {
    const db = await registryDatabase();
    const ids = [randomUUID(), 'mail.send', randomUUID(), 'web1'];
    const call = (): Promise<unknown> =>
      db.query('select rodent.register_worker($1, $2, $3, $4)', ids);
    await Promise.all(Array.from({ length: 50 }, call));
    await expect(db.value('select count(*)::int from rodent.workers')).resolves.toBe(1);
    await expect(db.column('select * from rodent.worker_types')).resolves.toEqual(['mail.send']);
  });

  test('is inconsistent with another type or another host, and changes nothing', async () => {
    const db = await registryDatabase();
    const { hostId, workerId } = await worker(db);
    const other = await host(db);
    for (const [type, on] of [
      ['mail.read', hostId],
      ['mail.send', other],
    ]) {
      await expect(
        db.query('select rodent.register_worker($1, $2, $3, $4)', [workerId, type, on, 'web1']),
      ).rejects.toMatchObject({ code: '23000', message: expect.stringContaining('inconsistent') });
    }
    await expect(db.column('select worker_type from rodent.worker_types')).resolves.toEqual([
      'mail.send',
    ]);
  });
});

describe('register_process()', () => {
  test('wants the worker to be known, and says what makes it so', async () => {
    const db = await registryDatabase();
    await expect(processOf(db, randomUUID())).rejects.toMatchObject({
      code: '23503',
      message: expect.stringContaining('There is no worker'),
      hint: expect.stringContaining('get_or_create_worker_id'),
    });
  });

  test('may be repeated by the same process', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    await db.query('select rodent.register_process($1, $2, $3)', [id, workerId, 101]);
    const { rows } = await db.query(
      'select id, worker_id, pid, kind, name, state from rodent.processes',
    );
    expect(rows).toEqual([
      { id, worker_id: workerId, pid: 101, kind: 'worker', name: 'mail.send', state: 'RUNNING' },
    ]);
  });

  test('lets one of 20 at once win, and tells the others who did', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => processOf(db, workerId, 100 + index)),
    );
    const won = tries.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    expect(won).toHaveLength(1);
    await expect(processIds(db)).resolves.toEqual(won);
    for (const { reason } of tries.filter((one) => one.status === 'rejected')) {
      expect(reason).toMatchObject({
        code: '23505',
        message: `The worker "${workerId}" is run by the process "${won[0]}" already.`,
        detail: expect.stringMatching(/^Its pid is \d+ on host/),
      });
    }
  });

  test('takes over from a process whose heartbeat is older than 60 s, once', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const lost = await processOf(db, workerId);
    await age(db, lost, '59 seconds');
    await expect(processOf(db, workerId)).rejects.toMatchObject({ code: '23505' });
    await age(db, lost, '61 seconds');
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => processOf(db, workerId)),
    );
    const won = tries.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    expect(won).toHaveLength(1);
    await expect(processIds(db)).resolves.toEqual(won);
    await expect(db.value('select rodent.keepalive($1::uuid)', [lost])).resolves.toBe(false);
  });

  test('takes over when the time is over that the process said itself', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const first = randomUUID();
    await db.query("select rodent.register_process($1, $2, 1, null, '1 hour')", [first, workerId]);
    await age(db, first, '59 minutes');
    await expect(processOf(db, workerId)).rejects.toMatchObject({
      code: '23505',
      hint: expect.stringContaining('once that is 3600 s old'),
    });
    await age(db, first, '61 minutes');
    const second = await processOf(db, workerId);
    await expect(processIds(db)).resolves.toEqual([second]);
  });

  test('takes over at once from a pid that the caller has seen dead, and from no other', async () => {
    const db = await registryDatabase();
    const { workerId, hostId } = await worker(db);
    const lost = await processOf(db, workerId, 4711);
    const { rows } = await db.query('select * from rodent.process_of_worker($1)', [workerId]);
    expect(rows[0]).toMatchObject({
      process_id: lost,
      host_id: hostId,
      host_name: 'web1',
      pid: 4711,
    });
    const id = randomUUID();
    const call = (deadPid: number | null): Promise<unknown> =>
      db.query('select rodent.register_process($1, $2, $3, $4)', [id, workerId, 4712, deadPid]);
    await expect(call(4710)).rejects.toMatchObject({ code: '23505' });
    await expect(call(null)).rejects.toMatchObject({ code: '23505' });
    await call(4711);
    await expect(processIds(db)).resolves.toEqual([id]);
  });

  test('takes over from nobody by proving a pid dead that it does not know', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const own = connect(db.url, { application_name: randomUUID() });
    await own.query('select rodent.register_process($1)', [workerId]);
    await expect(
      db.query('select rodent.register_process($1, $2, $3, $4)', [randomUUID(), workerId, 1, 2]),
    ).rejects.toMatchObject({ code: '23505' });
  });

  test('refuses a process that runs another worker', async () => {
    const db = await registryDatabase();
    const first = await worker(db);
    const second = await worker(db);
    const id = await processOf(db, first.workerId);
    await expect(
      db.query('select rodent.register_process($1, $2, $3)', [id, second.workerId, 1]),
    ).rejects.toMatchObject({ code: '23505', message: expect.stringContaining('another worker') });
  });

  test('has a process that runs what was scaled away leave at its first heartbeat', async () => {
    const db = await registryDatabase();
    const { hostId, workerId } = await worker(db);
    const first = await processOf(db, workerId, 7);
    await db.query('select rodent.scale_down($1, $2, 1)', [hostId, 'mail.send']);
    const second = randomUUID();
    await db.query('select rodent.register_process($1, $2, 8, 7)', [second, workerId]);
    await expect(db.value('select rodent.keepalive($1::uuid)', [second])).resolves.toBe(false);
    await db.query('select rodent.disconnect($1)', [second]);
    await expect(db.column('select id from rodent.workers')).resolves.toEqual([]);
    await expect(db.value('select rodent.keepalive($1::uuid)', [first])).resolves.toBe(false);
  });
});

describe('keepalive() and disconnect()', () => {
  test('move the heartbeat, tell a request to leave, and remove the row', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = await processOf(db, workerId);
    await age(db, id, '1 hour');
    await expect(db.value('select rodent.keepalive($1::uuid)', [id])).resolves.toBe(true);
    await expect(
      db.value("select clock_timestamp() - heartbeat_at < '1 minute' from rodent.processes"),
    ).resolves.toBe(true);
    const request = 'select rodent.request_process_termination($1)';
    await expect(db.value(request, [id])).resolves.toBe(true);
    await expect(db.value(request, [id])).resolves.toBe(true);
    await expect(db.value('select rodent.keepalive($1::uuid)', [id])).resolves.toBe(false);
    await db.query('select rodent.disconnect($1)', [id]);
    await db.query('select rodent.disconnect($1)', [id]);
    await expect(processIds(db)).resolves.toEqual([]);
    await expect(db.value('select rodent.keepalive($1::uuid)', [id])).resolves.toBe(false);
    await expect(db.value(request, [id])).resolves.toBe(false);
    await expect(db.column('select id from rodent.workers')).resolves.toEqual([workerId]);
  });

  test('know the process by its application_name too', async () => {
    const db = await registryDatabase();
    const { workerId } = await worker(db);
    const id = randomUUID();
    const own = connect(db.url, { application_name: id.toUpperCase() });
    await expect(own.value('select rodent.keepalive()')).resolves.toBe(false);
    await own.query('select rodent.register_process($1)', [workerId]);
    await own.query('select rodent.register_process($1)', [workerId]);
    await expect(processIds(db)).resolves.toEqual([id]);
    await expect(own.value('select rodent.keepalive()')).resolves.toBe(true);
    await own.query('select rodent.disconnect()');
    await own.query('select rodent.disconnect()');
    await expect(processIds(db)).resolves.toEqual([]);
  });

  test.each(['', 'psql', `{${randomUUID()}}`, randomUUID().replaceAll('-', '')])(
    'refuse the application_name "%s" with a sentence that names it',
    async (name) => {
      const db = await registryDatabase();
      const { workerId } = await worker(db);
      const own = connect(db.url, { application_name: name });
      const calls = [
        ['select rodent.keepalive()', []],
        ['select rodent.disconnect()', []],
        ['select rodent.register_process($1)', [workerId]],
      ] as const;
      for (const [call, values] of calls) {
        await expect(own.query(call, values)).rejects.toMatchObject({
          code: '22023',
          message: `The application_name "${name}" of this connection is not the id of a process.`,
        });
      }
    },
  );
});
