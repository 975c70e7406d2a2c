/** What is shown of the fleet and asked of it. */

import { randomUUID } from 'node:crypto';

import { describe, expect, onTestFinished, test } from 'vitest';

import { database } from '../../test/support/index.js';
import * as postgres from '../postgres/index.js';
import * as registry from './index.js';
import { registryDatabase } from './testing/database.js';
import { age, host, member, members, processOf, sorted, worker } from './testing/fixture.js';
import { supervisor } from './testing/supervisor.js';

function open(url: string): postgres.Database {
  const opened = postgres.open({ address: { url }, applicationName: 'rodent test' });
  onTestFinished(() => opened.close());
  return opened;
}

describe('list() and hosts()', () => {
  test('show hosts and processes with everything that is known, and nothing that is not', async () => {
    const owner = await registryDatabase();
    const db = open(owner.url);
    const self = supervisor(owner, { hostName: 'web7' });
    const one = member({ parentId: randomUUID() });
    await self.beat([one]);
    const { hostId, workerId } = await worker(owner);
    const id = await processOf(owner, workerId, 77);
    await age(owner, id, '90 seconds');
    await registry.requestTermination(db, id);
    const rows = await registry.list(db);
    expect(rows.find((row) => row.id === one.id)).toEqual({
      ...one,
      hostId: self.hostId,
      hostName: 'web7',
      heartbeatAgeMs: expect.any(Number) as number,
      lostAfterMs: 60_000,
      isTerminationRequested: false,
    });
    const found = rows.find((row) => row.id === id);
    expect(found).toEqual({
      id,
      hostId,
      hostName: 'web1',
      workerId,
      workerType: 'mail.send',
      kind: 'worker',
      name: 'mail.send',
      pid: 77,
      state: 'RUNNING',
      startedAt: expect.stringMatching(/Z$/) as string,
      heartbeatAgeMs: expect.any(Number) as number,
      lostAfterMs: 60_000,
      isTerminationRequested: true,
    });
    expect(found?.heartbeatAgeMs).toBeGreaterThanOrEqual(90_000);
    const idle = await host(owner, 'web0');
    const shown = await registry.hosts(db);
    expect(shown.map((row) => [row.id, row.name, row.version, row.processes])).toEqual([
      [idle, 'web0', undefined, 0],
      [hostId, 'web1', undefined, 1],
      [self.hostId, 'web7', '1.0.0', 1],
    ]);
    expect(shown[0]).not.toHaveProperty('heartbeatAgeMs');
  });

  test('come in pages, of one host if asked', async () => {
    const owner = await registryDatabase();
    const db = open(owner.url);
    const [one, other] = [supervisor(owner), supervisor(owner)];
    const all = members(25);
    await one.beat(all);
    await other.beat(members(3));
    const ids: string[] = [];
    for (;;) {
      const after = ids.at(-1);
      const page = await registry.list(db, {
        hostId: one.hostId,
        limit: 10,
        ...(after === undefined ? {} : { after }),
      });
      if (page.length === 0) break;
      ids.push(...page.map(({ id }) => id));
    }
    expect(ids).toEqual(all.map(({ id }) => id));
    await expect(registry.list(db)).resolves.toHaveLength(28);
  });

  test('say that a database holds no registry', async () => {
    const { url } = await database();
    const db = open(url);
    for (const call of [registry.list, registry.hosts])
      await expect(call(db)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  });
});

describe('scale() and wantedWorkers()', () => {
  test('say what a host is to run', async () => {
    const owner = await registryDatabase();
    const db = open(owner.url);
    const hostId = await host(owner);
    const { added, removed } = await registry.scale(db, hostId, { type: 'mail.send', n: 3 });
    expect([added.length, removed]).toEqual([3, []]);
    const wanted = await registry.wantedWorkers(db, hostId);
    expect(sorted(wanted.map(({ id }) => id))).toEqual(sorted(added));
    expect(new Set(wanted.map(({ type }) => type))).toEqual(new Set(['mail.send']));
    const less = await registry.scale(db, hostId, { type: 'mail.send', n: 1 });
    expect([less.added, less.removed.length]).toEqual([[], 2]);
    await expect(registry.wantedWorkers(db, hostId)).resolves.toHaveLength(1);
  });
});

describe('requestTermination()', () => {
  test('is false for a process that is not registered', async () => {
    const owner = await registryDatabase();
    await expect(registry.requestTermination(open(owner.url), randomUUID())).resolves.toBe(false);
  });
});

describe('describeEvent()', () => {
  test.each<[registry.RollEvent, boolean, string]>([
    [{ type: 'BEAT_FAILED', error: new Error('no route') }, true, 'no route'],
    [{ type: 'BEAT_RESUMED', afterMs: 12.3 }, false, '12 ms'],
    [{ type: 'MEMBER_FENCED', id: 'a', why: 'requested' }, false, '"a" was asked'],
    [{ type: 'MEMBER_FENCED', id: 'a', why: 'removed' }, false, '"a" was removed'],
    [{ type: 'PROCESSES_LOST', ids: ['a', 'b'] }, false, 'a, b'],
    [{ type: 'CALLBACK_FAILED', error: new Error('no luck') }, true, 'no luck'],
    [{ type: 'LEAVE_FAILED', error: new Error('no way') }, true, 'no way'],
  ])('tells %o', (event, isFailure, words) => {
    expect(registry.isFailure(event)).toBe(isFailure);
    expect(registry.describeEvent(event)).toContain(words);
  });
});
