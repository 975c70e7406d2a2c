/** `rodent ps` as its users see it, on a database that the tests fill as hosts would. */

import { randomUUID } from 'node:crypto';

import { describe, expect, onTestFinished, test } from 'vitest';

import { service, worker } from '../internal/instance/testing/index.js';
import { stage } from '../internal/instance/testing/stage.js';
import * as postgres from '../internal/postgres/index.js';
import * as registry from '../internal/registry/index.js';
import { database, project, until } from './support/index.js';
import type { Outcome, Project } from './support/index.js';

interface Fleet extends Project {
  readonly url: string;
  readonly db: postgres.Database;
  /** Runs `rodent ps …` with the database. */
  ps(...words: readonly string[]): Promise<Outcome>;
}

/** A project, and a database with the registry in it. */
async function fleet(): Promise<Fleet> {
  const own = await project();
  const { url } = await database();
  const db = postgres.open({ address: { url }, applicationName: 'rodent test' });
  onTestFinished(() => db.close());
  await postgres.migrate(db, registry.MIGRATIONS);
  const env = { DATABASE_URL: url };
  return { ...own, url, db, ps: (...words) => own.run(['ps', ...words], { env }) };
}

interface Host {
  readonly id: string;
  readonly members: registry.Member[];
  readonly roll: registry.Roll;
}

/** A host with a supervisor and `count` http workers, which leave when they are asked to. */
async function host(db: postgres.Database, name: string, count: number): Promise<Host> {
  const id = randomUUID();
  const supervisor = memberOf('supervisor', 'rodent', { state: 'ready', memoryBytes: 48 << 20 });
  const children = Array.from({ length: count }, (_, index) =>
    memberOf('http', `http-${index + 1}`, { parentId: supervisor.id }),
  );
  const members = [supervisor, ...children];
  const leave = (gone: string): void => {
    members.splice(
      members.findIndex((one) => one.id === gone),
      1,
    );
    roll.beatSoon();
  };
  const roll = registry.openRoll({
    database: db,
    host: { id, name },
    version: '9.8.7',
    beatMs: 50,
    lostAfterMs: 60_000,
    members: () => members,
    onFenced: leave,
  });
  onTestFinished(() => roll.close());
  await until('the first beat', () => roll.status().isCurrent);
  return { id, members, roll };
}

function memberOf(
  kind: string,
  name: string,
  changes: Partial<registry.Member> = {},
): registry.Member {
  const common = { pid: 4127, state: 'RUNNING', version: '9.8.7' };
  return {
    id: randomUUID(),
    kind,
    name,
    startedAt: '2026-01-02T03:04:05.000Z',
    ...common,
    ...changes,
  };
}

describe('rodent ps', () => {
  test('shows all hosts and their processes', async () => {
    const { db, ps } = await fleet();
    const [web2, web10] = [await host(db, 'web2', 2), await host(db, 'web10', 1)];
    await db.query('select rodent.register_host($1, $2)', [randomUUID(), 'idle']);
    const { code, stdout, stderr } = await ps();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^host +processes +heartbeat +version +id$/m);
    expect(stdout).toMatch(new RegExp(`^web2 +3 +\\d+\\w* ago +9\\.8\\.7 +${web2.id}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^web10 +2 +.* ago +9\\.8\\.7 +${web10.id}$`, 'm'));
    expect(stdout).toMatch(/^idle +none +- +-/m);
    const rows = stdout.split('\n\n')[1]?.split('\n') ?? [];
    expect(rows.map((row) => row.split(/ +/).slice(0, 3).join(' ')).filter(Boolean)).toEqual([
      'host kind name',
      'web2 supervisor rodent',
      'web2 http http-1',
      'web2 http http-2',
      'web10 supervisor rodent',
      'web10 http http-1',
    ]);
    const short = web2.members[0]?.id.slice(0, 8) ?? '';
    expect(rows[1]).toMatch(
      new RegExp(`^web2 +supervisor +rodent +4127 +ready +\\S+ ago +9\\.8\\.7 +48 MiB +${short}`),
    );
  });

  test('--host shows one host, by name or id, and knows what was meant', async () => {
    const { db, ps } = await fleet();
    const [one] = [await host(db, 'web1', 1), await host(db, 'web2', 1)];
    for (const word of ['web1', one.id]) {
      const { stdout } = await ps('--host', word);
      expect(stdout).toContain(one.id);
      expect(stdout).not.toContain('web2');
    }
    const { code, stderr } = await ps('--host', 'web3');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no host "web3". Did you mean');
  });

  test('--json prints everything', async () => {
    const { db, ps } = await fleet();
    const own = await host(db, 'web1', 2);
    const { stdout } = await ps('--json');
    const said = JSON.parse(stdout) as {
      hosts: readonly registry.HostRow[];
      processes: readonly registry.ProcessRow[];
    };
    expect(said.hosts).toMatchObject([{ id: own.id, name: 'web1', processes: 3 }]);
    expect(said.processes.map(({ id }) => id)).toEqual(own.members.map(({ id }) => id).toSorted());
    expect(said.processes[0]).toMatchObject({ hostId: own.id, hostName: 'web1', pid: 4127 });
  });

  test('says that nobody is registered, and that the schema is missing', async () => {
    const { ps } = await fleet();
    await expect(ps()).resolves.toMatchObject({ code: 0, stdout: 'No host is registered.\n' });
    const own = await project();
    const { url } = await database();
    const { code, stderr } = await own.run(['ps'], { env: { DATABASE_URL: url } });
    expect(code).toBe(1);
    expect(stderr).toContain('rodent db migrate');
  });
});

describe('rodent ps --stop', () => {
  test('has a process leave by the beginning of its id, and waits', async () => {
    const { db, ps } = await fleet();
    const own = await host(db, 'web1', 2);
    const leaving = own.members.at(-1)?.id ?? '';
    const { code, stdout } = await ps('--stop', leaving.slice(0, 13).toUpperCase(), '--wait');
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Asked http "http-2" on host "web1" to leave; its next heartbeat tells it.\nIt has left.\n',
    );
    const rows = await registry.list(db);
    expect(rows.map(({ id }) => id)).not.toContain(leaving);
    expect(rows).toHaveLength(2);
  });

  test('tells that a process does not leave in time, and ps that it is leaving', async () => {
    const { db, ps } = await fleet();
    const own = await host(db, 'web1', 1);
    await own.roll.close({ keep: true });
    const [, stuck] = own.members;
    const id = stuck?.id ?? '';
    const late = await ps('--stop', id, '--wait', '--timeout', '300ms');
    expect(late.code).toBe(124);
    expect(late.stderr).toContain('It has not left within 300ms');
    const { stdout } = await ps();
    expect(stdout).toMatch(/http-1 +4127 +leaving/);
    const again = await ps('--stop', id, '--json');
    expect(JSON.parse(again.stdout)).toEqual({ id, hasLeft: false });
  });

  test('refuses what is no id, nobody has or several have', async () => {
    const { db, ps } = await fleet();
    const ids = ['1', '2'].map((end) => `abcdef00-0000-4000-8000-00000000000${end}`);
    const host = { id: randomUUID(), name: 'web1' };
    const roll = registry.openRoll({
      database: db,
      host,
      version: '1',
      beatMs: 1000,
      lostAfterMs: 60_000,
      members: () => ids.map((id) => memberOf('http', 'http-1', { id })),
      onFenced: () => undefined,
    });
    onTestFinished(() => roll.close());
    await until('the first beat', () => roll.status().isCurrent);
    const cases = [
      ['web1', 2, '"web1" is no id of a process'],
      ['abc', 2, '"abc" is no id of a process'],
      ['abcdef00', 2, 'Several ids begin with "abcdef00"'],
      ['00000000', 1, 'There is no process "00000000"'],
    ] as const;
    for (const [word, status, words] of cases) {
      const { code, stderr } = await ps('--stop', word);
      expect([word, code, stderr]).toEqual([word, status, expect.stringContaining(words)]);
    }
    const { code } = await ps('--wait');
    expect(code).toBe(2);
  });
});

describe('rodent ps without a database', () => {
  const said = service({ wanted: 1, workers: [worker()] });

  test('says so, and shows what the service tells of itself', async () => {
    const own = await stage({ 'GET /status': () => said });
    const { code, stdout, stderr } = await own.run(['ps']);
    expect(code).toBe(0);
    expect(stderr).toContain('There is no database');
    expect(stdout).toMatch(/http-1 +4130 +RUNNING/);
    const json = await own.run(['ps', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      hosts: [],
      processes: [],
      status: { state: 'running', service: { pid: 4127 } },
    });
  });

  test('does so too when the database does not answer, and ends nothing', async () => {
    const own = await stage({ 'GET /status': () => said });
    const env = { DATABASE_URL: 'postgresql://rodent@localhost/shop?host=/nowhere/at/all' };
    const { code, stdout, stderr } = await own.run(['ps'], { env });
    expect(code).toBe(0);
    expect(stderr).toContain('rodent: warning:');
    expect(stdout).toMatch(/http-1 +4130 +RUNNING/);
    const stop = await own.run(['ps', '--stop', 'abcdef00'], { env });
    expect(stop.code).toBe(1);
    expect(stop.stdout).toBe('');
  });

  test('says that nothing runs', async () => {
    const own = await project();
    const { code, stdout } = await own.run(['ps']);
    expect(code).toBe(3);
    expect(stdout).toContain('not running');
    const stop = await own.run(['ps', '--stop', 'abcdef00']);
    expect(stop.code).toBe(1);
    expect(stop.stderr).toContain('There is no database');
  });
});
