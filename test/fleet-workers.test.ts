/** Worker scripts of hosts that share a database: as many as it asks for, on the host that it asks. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { PACKAGE } from '../internal/worker/testing/project.js';
import { fleet, proxy, spawnNode, stateOf, until } from './support/index.js';
import type { Fleet, FleetProcess, Host, Project } from './support/index.js';

const APP = `export default { fetch: () => new Response('served by ' + process.pid) };\n`;
const TYPE = 'tasks.take';
const SCRIPT = 'workers/tasks/take.mjs';

/** Claims tasks, and leaves its name and `version` on each. */
function take(version: string): string {
  return `import * as worker from '${PACKAGE}';
await worker.main(async (config, log, db, ctx) => {
  while (ctx.err === undefined) {
    const { rowCount } = await db.query(
      \`update tasks set taken_by = $1, version = '${version}' where id = (
        select id from tasks where taken_by is null order by id limit 1 for update skip locked)\`,
      [config.process_id],
    );
    if (rowCount === 0) return;
  }
});
`;
}

function withScripts(own: Project): void {
  own.write(SCRIPT, take('one'));
  own.write('uniphant.conf', 'heartbeat_ms=100\nlost_after_ms=2000\npause_ms=50\n');
}

const TASKS = `
  create table tasks (
    id bigint generated always as identity, taken_by uuid, version text)`;

/** Adds tasks until each of `processes`, and nobody else, has taken one of the added. */
async function work(own: Fleet, processes: readonly FleetProcess[]): Promise<void> {
  const wanted = processes.map(({ id }) => id).toSorted();
  await own.rows('truncate tasks');
  const takers = await until('all to take a task', async () => {
    await own.rows('insert into tasks select from generate_series(1, 10)');
    const rows = await own.rows(
      'select distinct taken_by::text as id from tasks where taken_by is not null order by 1',
    );
    return rows.length >= wanted.length ? rows.map(({ id }) => id) : undefined;
  });
  expect(takers).toEqual(wanted);
}

/** Waits until `count` worker scripts of the host are registered, all of them running. */
async function workers(host: Host, count: number): Promise<readonly FleetProcess[]> {
  return until(`${count} worker scripts`, async () => {
    const rows = await host.processes('worker');
    return rows.length === count && rows.every(({ pid }) => stateOf(pid) !== undefined)
      ? rows
      : undefined;
  });
}

function pids(rows: readonly FleetProcess[]): readonly number[] {
  return rows.map(({ pid }) => pid);
}

function workerIds(rows: readonly FleetProcess[]): readonly string[] {
  return rows.map(({ workerId }) => workerId ?? '').toSorted();
}

async function scale(host: Host, count: number): Promise<void> {
  const outcome = await host.run(['worker', 'scale', TYPE, String(count)]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
}

describe('the worker scripts of a host', () => {
  test('are as many as it is to run, one process each, whatever ends them', async () => {
    const own = await fleet();
    const [a, b] = (await Promise.all(
      [1, 2].map(() => own.host(APP, { conf: ['workers=1'], prepare: withScripts })),
    )) as [Host, Host];
    await own.rows(TASKS);
    await scale(a, 3);
    const three = await workers(a, 3);
    await work(own, three);
    expect(await b.processes('worker')).toEqual([]);

    const [victim] = three;
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const taken = await until('another process for the same worker', async () => {
      const rows = await workers(a, 3);
      return rows.some(({ id }) => id === victim?.id) ? undefined : rows;
    });
    expect(workerIds(taken)).toEqual(workerIds(three));
    await work(own, taken);

    await scale(a, 1);
    const [one] = await workers(a, 1);
    expect(workerIds(taken)).toContain(one?.workerId);
    await until('the others to end', () =>
      taken.every(({ pid }) => pid === one?.pid || stateOf(pid) === undefined),
    );
    const known = 'select id from rodent.workers';
    expect(await own.rows(known)).toEqual([{ id: one?.workerId }]);

    a.write(SCRIPT, take('two'));
    process.kill(a.pid() ?? 0, 'SIGHUP');
    await until('the new code', async () => {
      await own.rows('insert into tasks default values');
      return (await own.rows(`select 1 from tasks where version = 'two'`)).length > 0;
    });
    const renewed = await workers(a, 1);
    expect(workerIds(renewed)).toEqual([one?.workerId]);
    expect(renewed[0]?.pid).not.toBe(one?.pid);

    await expect(a.run(['stop'])).resolves.toMatchObject({ code: 0 });
    expect(await a.processes()).toEqual([]);
    expect(renewed.map(({ pid }) => stateOf(pid))).toEqual([undefined]);
    await expect(a.run(['serve', '-d'])).resolves.toMatchObject({ code: 0 });
    expect(workerIds(await workers(a, 1))).toEqual([one?.workerId]);
    expect(await b.processes('worker')).toEqual([]);
  });
});

describe('a database that goes away', () => {
  async function served(way: string, own: Fleet): Promise<readonly [Host, Host]> {
    const options = { conf: ['workers=1'], prepare: withScripts, url: way };
    const [a, b] = await Promise.all([own.host(APP, options), own.host(APP, options)]);
    await own.rows(TASKS);
    await scale(a, 2);
    return [a, b];
  }

  test('by the end of every connection ends nothing, and nothing is left out afterwards', async () => {
    const own = await fleet();
    const [a, b] = await served(own.url, own);
    const before = [...(await workers(a, 2)), ...(await a.processes()), ...(await b.processes())];
    for (let round = 0; round < 3; round += 1) {
      await own.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await work(own, await workers(a, 2));
    }
    await scale(a, 3);
    await work(own, await workers(a, 3));
    const after = [...(await a.processes()), ...(await b.processes())];
    expect(pids(after)).toEqual(expect.arrayContaining([...pids(before)]));
  });

  test('for longer than any beat may be late ends nothing, and what was asked meanwhile is done', async () => {
    const own = await fleet();
    const way = await proxy(own.url);
    const [a, b] = await served(way.url, own);
    const before = [...(await workers(a, 2)), ...(await b.processes())];
    await way.cut();
    await until('all to be late', async () => {
      const [row] = await own.rows(
        `select max(heartbeat_at) < clock_timestamp() - interval '2.5 seconds' as is_late
          from rodent.processes`,
      );
      return row?.['is_late'];
    });
    for (const host of [a, b]) {
      expect(await (await fetch(host.url)).text()).toMatch(/^served by \d+$/);
      expect((await host.status()).database?.isReachable).toBe(false);
    }
    await a.run(['worker', 'scale', TYPE, '3'], { env: { DATABASE_URL: own.url } });
    await way.mend();
    const three = await workers(a, 3);
    await until('both to beat', async () => {
      const late = await own.rows(
        `select 1 from rodent.processes where heartbeat_at < clock_timestamp() - interval '1 second'`,
      );
      return late.length === 0;
    });
    await work(own, three);
    const after = [...(await workers(a, 3)), ...(await b.processes())];
    expect(pids(after)).toEqual(expect.arrayContaining([...pids(before)]));
  });
});

describe('many first starts at once', () => {
  test('on one host, of its service, its worker scripts and commands, make one host', async () => {
    const own = await fleet();
    const ids = Array.from({ length: 12 }, (_, n) => `00000000-0000-4000-8000-0000000000${n + 10}`);
    const a = await own.host(APP, {
      conf: ['workers=1'],
      prepare: (project) => {
        withScripts(project);
        for (const id of ids) {
          spawnNode(path.join(project.dir, SCRIPT), ['start', id, '-f'], {
            cwd: project.dir,
            env: { DATABASE_URL: own.url, HOME: project.dir },
          });
        }
      },
    });
    expect(workerIds(await workers(a, ids.length))).toEqual(ids);
    const id = fs.readFileSync(path.join(a.dir, '.host_id'), 'utf8').trim();
    expect(await own.rows('select id from rodent.hosts')).toEqual([{ id }]);
    expect(a.id).toBe(id);
    expect(fs.readdirSync(a.dir).filter((name) => name.includes('.host_id'))).toHaveLength(1);
  });
});
