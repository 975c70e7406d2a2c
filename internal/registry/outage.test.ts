/** A roll on a database that goes away: nobody is ended for it, and all is as before when it is back. */

import { describe, expect, test } from 'vitest';

import { proxy, until } from '../../test/support/index.js';
import { registryDatabase } from './testing/database.js';
import { members, processIds } from './testing/fixture.js';
import { nextBeat, watchedRoll } from './testing/roll.js';
import type { Watched } from './testing/roll.js';

const typesOf = ({ events }: Watched): readonly string[] => events.map(({ type }) => type);

describe('a roll', () => {
  test('beats on when the server ends its connections', async () => {
    const db = await registryDatabase();
    const own = watchedRoll(db.url, members(3));
    await until('the rows', async () => (await processIds(db)).length === 3);
    for (let round = 0; round < 5; round += 1) {
      await db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'rodent test'`,
      );
      await nextBeat(own);
    }
    expect(own.fenced).toEqual([]);
    await expect(processIds(db)).resolves.toHaveLength(3);
  });

  test('tells an outage once, and its end once', async () => {
    const db = await registryDatabase();
    const way = await proxy(db.url);
    const own = watchedRoll(way.url, members(3));
    await until('the rows', async () => (await processIds(db)).length === 3);
    await way.cut();
    await own.told('BEAT_FAILED');
    expect(own.roll.status()).toMatchObject({
      isCurrent: true,
      error: expect.any(String) as string,
    });
    const sent = own.beats();
    await until('more tries', () => own.beats() > sent + 3);
    expect(typesOf(own)).toEqual(['BEAT_FAILED']);
    await way.mend();
    await own.told('BEAT_RESUMED');
    await nextBeat(own);
    expect(typesOf(own)).toEqual(['BEAT_FAILED', 'BEAT_RESUMED']);
    expect(own.roll.status()).not.toHaveProperty('error');
    expect(own.fenced).toEqual([]);
  });

  test('gives up a beat that nobody answers, and beats again when somebody does', async () => {
    const db = await registryDatabase();
    const way = await proxy(db.url);
    const own = watchedRoll(way.url, members(3), { lostAfterMs: 1000 });
    await until('the rows', async () => (await processIds(db)).length === 3);
    way.mute();
    await expect(own.told('BEAT_FAILED')).resolves.toMatchObject({
      error: { code: 'DATABASE_UNAVAILABLE' },
    });
    await way.mend();
    await own.told('BEAT_RESUMED');
    expect(own.fenced).toEqual([]);
    await expect(processIds(db)).resolves.toHaveLength(3);
  });

  test('writes its rows again that others took for lost meanwhile, and fences nobody', async () => {
    const db = await registryDatabase();
    const way = await proxy(db.url);
    const all = members(4);
    const timing = { beatMs: 100, lostAfterMs: 1000 };
    const away = watchedRoll(way.url, all, timing);
    const here = watchedRoll(db.url, members(1), timing);
    await until('the rows', async () => (await processIds(db)).length === 5);
    await way.cut();
    await until('the loss', async () => (await processIds(db)).length === 1);
    await until('the word', () => lostOf(here).length === 4);
    expect(lostOf(here).toSorted()).toEqual(all.map(({ id }) => id));
    expect(away.roll.status().isCurrent).toBe(false);
    await way.mend();
    await away.told('BEAT_RESUMED');
    await until('the rows again', async () => (await processIds(db)).length === 5);
    await nextBeat(away);
    expect([away.fenced, here.fenced]).toEqual([[], []]);
    await expect(db.column('select id from rodent.hosts')).resolves.toHaveLength(2);
  });

  test('is removed by others when it never comes back, its host stays without processes', async () => {
    const db = await registryDatabase();
    const way = await proxy(db.url);
    const timing = { beatMs: 100, lostAfterMs: 1000 };
    const away = watchedRoll(way.url, members(2), timing);
    const here = watchedRoll(db.url, members(1), timing);
    await until('the rows', async () => (await processIds(db)).length === 3);
    await way.cut();
    await until('the loss', () => lostOf(here).length === 2);
    const { rows } = await db.query('select id, processes from rodent.list_hosts()');
    expect(rows).toContainEqual({ id: away.hostId, processes: 0 });
    expect(rows).toContainEqual({ id: here.hostId, processes: 1 });
  });

  test.each(['cut', 'mute'] as const)(
    'closes also when the way to the database is %s',
    async (fault) => {
      const db = await registryDatabase();
      const way = await proxy(db.url);
      const own = watchedRoll(way.url, members(2));
      await until('the rows', async () => (await processIds(db)).length === 2);
      await way[fault]();
      await own.roll.close();
      expect(typesOf(own)).toContain('LEAVE_FAILED');
      await expect(processIds(db)).resolves.toHaveLength(2);
    },
  );
});

function lostOf({ events }: Watched): readonly string[] {
  return events.flatMap((event) => (event.type === 'PROCESSES_LOST' ? event.ids : []));
}
