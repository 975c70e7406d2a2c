/** A worker and its rows: back after an outage, and gone for good where it is no longer wanted. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it, onTestFinished } from 'vitest';

import { proxy, until } from '../../test/support/index.js';
import type { Proxy } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Config } from './dictionary.js';
import { Session } from './session.js';
import { settingsOf } from './settings.js';
import type { Registry } from './testing/project.js';
import { ID, registryDatabase, rowOf } from './testing/project.js';

interface World {
  readonly registry: Registry;
  readonly way: Proxy;
  readonly host: string;
  readonly session: Session;
  /** Why it was ended, each time. */
  readonly fenced: unknown[];
  /** What its log says. */
  readonly said: string[];
}

/** A session that has not started, its way to the database, and a database that knows its host. */
async function world({ isSupervised = false } = {}): Promise<World> {
  const registry = await registryDatabase();
  const way = await proxy(registry.url);
  const host = randomUUID();
  await registry.rows('select rodent.register_host($1, $2)', host, 'here');
  const [fenced, said]: [unknown[], string[]] = [[], []];
  const say = (text: unknown): void => void said.push(String(text));
  const session = new Session({
    config: {
      DATABASE_URL: way.url,
      process_id: randomUUID(),
      worker_id: ID,
      worker_type: 'test',
      host_id: host,
      host_name: 'here',
    } as unknown as Config,
    settings: settingsOf({ heartbeat_ms: '50', lost_after_ms: '200' }, isSupervised),
    log: { level: 'info', debug: say, info: say, warn: say, error: say },
    onFenced: (reason) => fenced.push(reason),
    onBack: () => undefined,
  });
  onTestFinished(() => session.close());
  return { registry, way, host, session, fenced, said };
}

/** Cuts the way for longer than the process may be silent; `act` is done meanwhile. */
async function outage({ way, registry, said }: World, act: () => Promise<unknown>): Promise<void> {
  await way.cut();
  await until('the loss', () => said.some((text) => text.includes('goes on without')));
  const age = 'select heartbeat_at < clock_timestamp() - lost_after as is from rodent.processes';
  await until('the silence', async () => (await registry.rows(age))[0]?.['is'] === true);
  await act();
  await way.mend();
}

describe('a session', () => {
  it('tells the database after which silence the process counts as lost', async () => {
    const { registry, session } = await world();
    await session.start(context.background());
    const rows = await registry.rows('select lost_after::text from rodent.processes');
    expect(rows).toEqual([{ lost_after: '00:00:00.2' }]);
  });

  it('is back after an outage in which its row was taken for lost', async () => {
    const all = await world();
    const { registry, session, fenced } = all;
    await session.start(context.background());
    const before = await rowOf(registry);
    await outage(all, () => registry.rows('delete from rodent.processes'));
    const after = await until('the row', () => rowOf(registry));
    expect(after['id']).toBe(before?.['id']);
    expect(fenced).toEqual([]);
  });

  it('is back in a database that was emptied meanwhile', async () => {
    const all = await world();
    const { registry, session, fenced } = all;
    await session.start(context.background());
    await outage(all, () => registry.rows('truncate rodent.hosts cascade'));
    await until('the row', () => rowOf(registry));
    expect(fenced).toEqual([]);
  });

  it('ends where the worker was scaled away during an outage, and does not bring it back', async () => {
    const all = await world();
    const { registry, session, fenced, host } = all;
    await session.start(context.background());
    const row = await rowOf(registry);
    await outage(all, async () => {
      await registry.rows('select rodent.scale_down($1, $2, 1)', host, 'test');
      await registry.rows('select rodent.disconnect($1)', row?.['id']);
    });
    await until('the end', () => fenced.length > 0);
    expect(String(fenced[0])).toContain('requested by the database');
    await expect(registry.rows('select from rodent.workers')).resolves.toEqual([]);
  });

  it('of a supervised worker ends at once where the database does not know the worker', async () => {
    const { registry, session, fenced } = await world({ isSupervised: true });
    await session.start(context.background());
    expect(fenced).toHaveLength(1);
    await expect(registry.rows('select from rodent.workers')).resolves.toEqual([]);
  });
});
