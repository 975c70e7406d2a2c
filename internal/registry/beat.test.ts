/** The beat of a host: what it writes, what it answers, and what it leaves to others. */

import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { registryDatabase } from './testing/database.js';
import { member, members, processIds, processOf, sorted } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

describe('a beat', () => {
  test('registers the host and its processes, and stores what changes', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    const [parent, child] = [member({ kind: 'supervisor', name: 'rodent' }), member()];
    await self.beat([parent, { ...child, parentId: parent.id }]);
    const renamed = supervisor(db, { hostId: self.hostId, hostName: 'web9' });
    await renamed.beat([]);
    await self.beat([
      { ...parent, state: 'draining' },
      { ...child, parentId: parent.id, memoryBytes: 7, pid: 8 },
    ]);
    const { rows } = await db.query(
      `select id, host_id, parent_id, kind, name, pid, state, version, memory_bytes::int as memory,
         started_at = '2026-01-01T00:00:00Z' as is_start_kept
       from rodent.processes order by kind`,
    );
    const [host_id, version] = [self.hostId, '1.0.0'];
    const common = { host_id, version, is_start_kept: true };
    expect(rows).toEqual([
      {
        ...common,
        id: child.id,
        parent_id: parent.id,
        kind: 'http',
        name: 'http-1',
        pid: 8,
        state: 'RUNNING',
        memory: 7,
      },
      {
        ...common,
        id: parent.id,
        parent_id: null,
        kind: 'supervisor',
        name: 'rodent',
        pid: 4242,
        state: 'draining',
        memory: 50_000_000,
      },
    ]);
    await expect(db.column('select name from rodent.hosts')).resolves.toEqual(['web1']);
  });

  test('removes what it named before and names no more', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    const [first, second] = [member(), member()];
    await self.beat([first, second]);
    await expect(self.beat([second])).resolves.toEqual({ [second.id]: 'ok' });
    await expect(processIds(db)).resolves.toEqual([second.id]);
    await expect(self.beat([])).resolves.toEqual({});
    await expect(processIds(db)).resolves.toEqual([]);
  });

  test('tells which processes are to leave, and registers none of them again', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    const [stays, asked, gone] = [member(), member(), member()];
    const all = [stays, asked, gone];
    await self.beat(all);
    await db.query('select rodent.request_process_termination($1)', [asked.id]);
    await db.query('delete from rodent.processes where id = $1', [gone.id]);
    const verdicts = { [stays.id]: 'ok', [asked.id]: 'requested', [gone.id]: 'removed' };
    await expect(self.beat(all)).resolves.toEqual(verdicts);
    await expect(self.beat(all)).resolves.toEqual(verdicts);
    await expect(processIds(db)).resolves.toEqual(sorted([stays.id, asked.id]));
  });

  test('dates all rows as it dates itself: what is missing is not younger than the last beat', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    for (const all of [members(2), members(3)]) {
      await self.beat(all);
      await self.beat(all);
      const dated = 'select bool_and(heartbeat_at = $1) from rodent.processes';
      await expect(db.value(dated, [self.last?.at])).resolves.toBe(true);
    }
  });

  test('writes missing rows again after an outage longer than the limit', async () => {
    const db = await registryDatabase();
    const self = supervisor(db, { lostAfterMs: 60_000 });
    const all = members(3);
    await self.beat(all);
    await db.query('delete from rodent.processes');
    const { last } = self;
    const at = new Date(Date.now() - 61_000).toISOString();
    self.last = { server: last?.server ?? '', at };
    const verdicts = Object.fromEntries(all.map(({ id }) => [id, 'ok']));
    await expect(self.beat(all)).resolves.toEqual(verdicts);
    await expect(processIds(db)).resolves.toEqual(all.map(({ id }) => id));
  });

  test('writes missing rows again where another server answers, or the same one was restarted', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    const one = member();
    await self.beat([one]);
    await db.query('delete from rodent.processes');
    self.last = { at: self.last?.at ?? '', server: '1700000000.000001' };
    await expect(self.beat([one])).resolves.toEqual({ [one.id]: 'ok' });
    await db.query('delete from rodent.processes');
    await expect(self.beat([one])).resolves.toEqual({ [one.id]: 'removed' });
  });

  test('takes a process that registered itself for a worker as its own, and its worker with it', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    await self.beat([]);
    const worker = (await db.value('select rodent.scale_up($1, $2, 1)', [
      self.hostId,
      'mail.send',
    ])) as string;
    const id = await processOf(db, worker);
    await self.beat([member({ id, kind: 'worker' })]);
    await db.query('select rodent.scale_down($1, $2, 1)', [self.hostId, 'mail.send']);
    await expect(self.beat([member({ id })])).resolves.toEqual({ [id]: 'requested' });
    await self.beat([]);
    await expect(processIds(db)).resolves.toEqual([]);
    await expect(db.column('select id from rodent.workers')).resolves.toEqual([]);
  });

  test('is not spoilt by anything that a process tells of itself', async () => {
    const db = await registryDatabase();
    const self = supervisor(db);
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(text, text, fc.double(), fc.string(), async (name, state, figure, when) => {
        const one = member({
          name: `${name}\0\uD800`,
          state,
          memoryBytes: figure % 2 ** 60,
          pid: figure,
          startedAt: when,
        });
        await expect(self.beat([one])).resolves.toEqual({ [one.id]: 'ok' });
      }),
      { numRuns: 60 },
    );
  });
});

describe('two supervisors of one host', () => {
  test('leave the rows of each other alone', async () => {
    const db = await registryDatabase();
    const before = supervisor(db);
    const after = supervisor(db, { hostId: before.hostId });
    const [old, young] = [members(3), members(3)];
    await before.beat(old);
    await after.beat(young);
    await before.beat(old.slice(1));
    await after.beat(young);
    await before.beat([]);
    await expect(after.beat(young)).resolves.toEqual(
      Object.fromEntries(young.map(({ id }) => [id, 'ok'])),
    );
    await expect(processIds(db)).resolves.toEqual(young.map(({ id }) => id));
  });

  test('hand a process on: it stays when the predecessor drops it', async () => {
    const db = await registryDatabase();
    const before = supervisor(db);
    const after = supervisor(db, { hostId: before.hostId });
    const [kept, left] = [member(), member()];
    await before.beat([kept, left]);
    await after.beat([kept]);
    await expect(before.beat([kept, left])).resolves.toEqual({ [kept.id]: 'ok', [left.id]: 'ok' });
    await before.beat([]);
    await expect(processIds(db)).resolves.toEqual([kept.id]);
    await expect(after.beat([kept])).resolves.toEqual({ [kept.id]: 'ok' });
    await after.beat([]);
    await expect(processIds(db)).resolves.toEqual([]);
  });

  test('beat at once for the same processes, in any order, without a deadlock', async () => {
    const db = await registryDatabase();
    const all = members(40);
    const rolls = Array.from({ length: 6 }, (_, index) =>
      supervisor(db, index % 2 === 0 ? {} : { hostId: HOST }),
    );
    for (let round = 0; round < 15; round += 1) {
      await Promise.all(
        rolls.map((roll, index) => roll.beat(shuffled(all, index).slice(round % 3))),
      );
    }
    const last = await supervisor(db).beat(all);
    expect(last).toEqual(Object.fromEntries(all.map(({ id }) => [id, 'ok'])));
    await expect(processIds(db)).resolves.toEqual(all.map(({ id }) => id));
  });
});

const HOST = randomUUID();

/** Another order for each `seed`. */
function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  if (seed === 0) return list;
  if (seed === 1) return list.toReversed();
  return list.map((_, index) => list[(index * 7 + seed) % list.length] as T);
}
