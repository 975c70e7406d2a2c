/** A roll on a database that answers: registering, fencing, leaving, handing over. */

import path from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { database, tempDir, until } from '../../test/support/index.js';
import * as host from '../host/index.js';
import { MIGRATIONS } from './migrations.js';
import { connect, registryDatabase } from './testing/database.js';
import { member, members, processIds, sorted } from './testing/fixture.js';
import { nextBeat, watchedRoll } from './testing/roll.js';

describe('openRoll()', () => {
  test('registers what runs, follows its changes and says how it stands', async () => {
    const db = await registryDatabase();
    const [first, second] = [member(), member()];
    const own = watchedRoll(db.url, [first]);
    expect(own.roll.status()).toEqual({ isCurrent: false });
    await until('the first row', async () => (await processIds(db)).length === 1);
    await until('the status', () => own.roll.status().isCurrent);
    expect(own.roll.status()).toEqual({
      isCurrent: true,
      lastBeatAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    own.members.push(second);
    await until('the second row', async () => (await processIds(db)).length === 2);
    own.members.shift();
    await until('the first to go', async () => (await processIds(db)).length === 1);
    await expect(processIds(db)).resolves.toEqual([second.id]);
    expect([own.events, own.fenced]).toEqual([[], []]);
  });

  test('tells once that a row was removed, and does not register that process again', async () => {
    const db = await registryDatabase();
    const [stays, goes] = [member(), member()];
    const own = watchedRoll(db.url, [stays, goes]);
    await until('the rows', async () => (await processIds(db)).length === 2);
    await db.query('delete from rodent.processes where id = $1', [goes.id]);
    await until('the word', () => own.fenced.length === 1);
    await nextBeat(own);
    await nextBeat(own);
    expect(own.fenced).toEqual([[goes.id, 'removed']]);
    expect(own.events).toEqual([{ type: 'MEMBER_FENCED', id: goes.id, why: 'removed' }]);
    await expect(processIds(db)).resolves.toEqual([stays.id]);
  });

  test('tells once that an end was requested, and keeps the row until the process has gone', async () => {
    const db = await registryDatabase();
    const [stays, goes] = [member(), member()];
    const own = watchedRoll(db.url, [stays, goes]);
    await until('the rows', async () => (await processIds(db)).length === 2);
    await db.query('select rodent.request_process_termination($1)', [goes.id]);
    await until('the word', () => own.fenced.length === 1);
    await nextBeat(own);
    expect(own.fenced).toEqual([[goes.id, 'requested']]);
    await expect(processIds(db)).resolves.toEqual(sorted([stays.id, goes.id]));
    own.members.pop();
    await until('the row to go', async () => (await processIds(db)).length === 1);
  });

  test('beatSoon() beats at once, and once for many calls', async () => {
    const db = await registryDatabase();
    const own = watchedRoll(db.url, [member()], { beatMs: 3_600_000 });
    await until('the first beat', () => own.roll.status().isCurrent);
    const before = own.beats();
    own.members.push(member());
    for (let call = 0; call < 1000; call += 1) own.roll.beatSoon();
    await until('the row', async () => (await processIds(db)).length === 2);
    expect(own.beats()).toBe(before + 1);
  });

  test('beatSoon() during a beat has another follow', async () => {
    const db = await registryDatabase();
    const all = [member()];
    const own = watchedRoll(db.url, all, {
      beatMs: 3_600_000,
      members: () => {
        own.roll.beatSoon();
        return all.slice(0, own.beats() + 1);
      },
    });
    all.push(member(), member());
    await until('the rows', async () => (await processIds(db)).length === 3);
  });

  test.each(['1999-12-31T23:59:59Z', '2199-01-01T00:00:00Z'])(
    'is none the worse for a host whose clock says %s',
    async (now) => {
      vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] });
      onTestFinished(() => void vi.useRealTimers());
      const db = await registryDatabase();
      const own = watchedRoll(db.url, members(2));
      await until('the first beat', () => own.roll.status().isCurrent);
      for (let beat = 0; beat < 3; beat += 1) await nextBeat(own);
      expect([own.fenced, own.events]).toEqual([[], []]);
      const age = 'select max(abs(extract(epoch from clock_timestamp() - $1::timestamptz))) < 60';
      await expect(db.value(age, [own.roll.status().lastBeatAt])).resolves.toBe(true);
      await expect(db.column("select rodent.reap('5 seconds')")).resolves.toEqual([]);
      await expect(processIds(db)).resolves.toHaveLength(2);
    },
  );

  test('goes on whatever its callbacks throw', async () => {
    const db = await registryDatabase();
    const goes = member();
    const fail = (): never => {
      throw new Error('no such luck');
    };
    const own = watchedRoll(db.url, [goes], { onFenced: fail });
    const deaf = watchedRoll(db.url, [member()], { observe: fail, onFenced: fail });
    await until('the rows', async () => (await processIds(db)).length === 2);
    await db.query('delete from rodent.processes');
    await own.told('CALLBACK_FAILED');
    await nextBeat(own);
    await nextBeat(deaf);
    let isBroken = true;
    const odd = watchedRoll(db.url, [], { members: () => (isBroken ? fail() : [goes]) });
    await odd.told('BEAT_FAILED');
    isBroken = false;
    await odd.told('BEAT_RESUMED');
    expect(odd.events).toHaveLength(2);
  });

  test('is not well until the schema is there, and says what is missing', async () => {
    const { url } = await database();
    const own = watchedRoll(url, [member()]);
    await expect(own.told('BEAT_FAILED')).resolves.toMatchObject({
      error: { code: 'SCHEMA_MISMATCH' },
    });
    expect(own.roll.status()).toMatchObject({ isCurrent: false, error: /holds no registry/ });
    const db = connect(url);
    for (const { sql } of MIGRATIONS) await db.query(sql);
    await own.told('BEAT_RESUMED');
    expect(own.events).toHaveLength(2);
    await expect(processIds(db)).resolves.toHaveLength(1);
  });

  test('of 50 first starts at once on one host makes one host', async () => {
    const db = await registryDatabase();
    const file = path.join(tempDir(), '.host_id');
    const rolls = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const id = await host.getOrCreateId(file);
        return watchedRoll(db.url, [member()], { host: { id, name: 'web1' }, beatMs: 5000 });
      }),
    );
    await until('all rows', async () => (await processIds(db)).length === 50);
    await expect(db.column('select id from rodent.hosts')).resolves.toEqual([rolls[0]?.hostId]);
    expect(rolls.flatMap(({ events }) => events)).toEqual([]);
  });
});

describe('close()', () => {
  test('removes the rows of this roll, and only those', async () => {
    const db = await registryDatabase();
    const [mine, others] = [members(3), members(2)];
    const before = watchedRoll(db.url, mine);
    await until('the rows', async () => (await processIds(db)).length === 3);
    const after = watchedRoll(db.url, others, { host: { id: before.hostId, name: 'web1' } });
    await until('all rows', async () => (await processIds(db)).length === 5);
    await Promise.all([before.roll.close(), before.roll.close()]);
    await expect(processIds(db)).resolves.toEqual(others.map(({ id }) => id));
    before.roll.beatSoon();
    await nextBeat(after);
    await nextBeat(after);
    await expect(processIds(db)).resolves.toEqual(others.map(({ id }) => id));
    expect([after.fenced, after.events]).toEqual([[], []]);
  });

  test('leaves the rows to a successor that names the same processes', async () => {
    const db = await registryDatabase();
    const all = members(3);
    const before = watchedRoll(db.url, all);
    await until('the rows', async () => (await processIds(db)).length === 3);
    await before.roll.close({ keep: true });
    await expect(processIds(db)).resolves.toHaveLength(3);
    const after = watchedRoll(db.url, all, { host: { id: before.hostId, name: 'web1' } });
    await until('the take-over', () => after.roll.status().isCurrent);
    await after.roll.close();
    await expect(processIds(db)).resolves.toEqual([]);
  });

  test('is not kept up by a beat that never was', async () => {
    const db = await registryDatabase();
    const own = watchedRoll(db.url, [member()]);
    await own.roll.close();
    await expect(processIds(db)).resolves.toEqual([]);
  });
});
