import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { stateOf, until } from '../../test/support/index.js';
import type * as child from '../child/index.js';
import * as postgres from '../postgres/index.js';
import type * as embedded from './index.js';
import { ask, dataOf, IS_ROOT, prepared, start, stop } from './testing/server.js';

const KILLS = 30;
const WRITERS = 2;

/** Kills a server the hard way; resolves when it is known to be gone. */
async function crash(started: child.Process): Promise<child.Exit> {
  started.signal('SIGKILL');
  return started.exited;
}

test('a server that is killed starts again with all that was committed', async () => {
  const { options, server } = await prepared();
  const started = await start(server);
  await ask(server, 'create table kept as select 42 as answer');
  expect(await crash(started)).toMatchObject({ code: null, signal: 'SIGKILL' });
  expect(fs.existsSync(path.join(dataOf(options), 'postmaster.pid'))).toBe(true);
  await start(server);
  expect(await ask(server, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test(`${KILLS} kills amid writes lose nothing that was acknowledged`, async () => {
  const { server } = await prepared();
  const acknowledged = new Set<number>();
  let next = 0;
  let started = await start(server);
  await ask(server, 'create table written (id int primary key)');
  for (let round = 0; round < KILLS; round += 1) {
    const writing = Array.from({ length: WRITERS }, () =>
      write(
        server,
        () => (next += 1),
        (id) => acknowledged.add(id),
      ),
    );
    const enough = acknowledged.size + 5 + (round % 7);
    await until('some writes', () => acknowledged.size >= enough);
    await crash(started);
    await Promise.all(writing);
    started = await start(server);
  }
  const rows = await ask<{ id: number }>(server, 'select id from written');
  const stored = new Set(rows.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  expect(stored.size).toBe(rows.length);
  expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS * 5);
});

/** Writes rows, one a commit, until the server goes away. */
async function write(
  server: embedded.Server,
  take: () => number,
  acknowledge: (id: number) => void,
): Promise<void> {
  const database = postgres.open({
    address: server.address,
    applicationName: 'writer',
    maxConnections: 1,
  });
  try {
    for (;;) {
      const id = take();
      await database.query('insert into written values ($1)', [id]);
      acknowledge(id);
    }
  } catch (error) {
    if (!postgres.isUnavailable(error)) throw error;
  } finally {
    await database.close();
  }
}

test.runIf(process.platform === 'linux')(
  'processes of a killed server that do not end are ended by the next start',
  async () => {
    const { server } = await prepared();
    const started = await start(server);
    const children = fs.readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8');
    for (const pid of children.trim().split(' ')) suspend(Number(pid));
    // Some, as the backend of the first question, end by themselves.
    const orphans = await until('them to be suspended', () => stopped(children));
    expect(orphans.length).toBeGreaterThan(0);
    await crash(started);
    expect(orphans.every((pid) => stateOf(pid) !== undefined)).toBe(true);
    await start(server);
    expect(orphans.filter((pid) => !['Z', undefined].includes(stateOf(pid)))).toEqual([]);
  },
);

function suspend(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch {
    // It has gone.
  }
}

/** Those of a list of processes that are suspended; undefined while one still runs. */
function stopped(children: string): readonly number[] | undefined {
  const pids = children.trim().split(' ').map(Number);
  const isSettled = pids.every((pid) => ['T', 'Z', undefined].includes(stateOf(pid)));
  return isSettled ? pids.filter((pid) => stateOf(pid) === 'T') : undefined;
}

test.each([
  ['another process of the same user', 'echo $$; exec sleep 1000'],
  ['a dead process that nobody reaps', 'sleep 0 & echo $!; exec sleep 1000'],
])('a postmaster.pid whose number has become %s is removed', async (_, script) => {
  const { options, server } = await prepared();
  await crash(await start(server));
  const pid = await bystander(options, script);
  rename(options, pid);
  const started = await start(server);
  expect(started.pid).not.toBe(pid);
  expect(stateOf(pid)).toBeDefined();
  const files = fs.readdirSync(dataOf(options)).filter((name) => name.startsWith('postmaster.pid'));
  expect(files).toEqual(['postmaster.pid']);
});

/** Runs a script as the user of the server; the process id that it prints. */
async function bystander(options: embedded.Options, script: string): Promise<number> {
  const owner = fs.statSync(dataOf(options)).uid;
  const shell = spawn('sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
    ...(IS_ROOT ? { uid: owner, gid: owner } : {}),
  });
  onTestFinished(() => void shell.kill('SIGKILL'));
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  if (pid !== shell.pid) await until('it to die', () => stateOf(pid) === 'Z');
  return pid;
}

test('a postmaster.pid that names a server of another folder is removed, and that server left alone', async () => {
  const [one, other] = [await prepared(), await prepared()];
  const neighbour = await start(other.server);
  await crash(await start(one.server));
  rename(one.options, neighbour.pid);
  const started = await start(one.server);
  expect(started.pid).not.toBe(neighbour.pid);
  expect(await ask(other.server, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.runIf(process.platform === 'linux')(
  'a postmaster.pid that a crash of the machine has left empty is removed',
  async () => {
    const { options, server } = await prepared();
    fs.writeFileSync(path.join(dataOf(options), 'postmaster.pid'), '');
    await start(server);
  },
);

test('a shutdown by somebody else ends it in order, and it can be started again', async () => {
  const { server } = await prepared();
  const started = await start(server);
  process.kill(started.pid, 'SIGTERM');
  expect(await started.exited).toMatchObject({ code: 0, signal: null });
  await stop(await start(server));
});

/** Puts another number into the file that a killed server has left. */
function rename(options: embedded.Options, pid: number): void {
  const file = path.join(dataOf(options), 'postmaster.pid');
  const [, ...rest] = fs.readFileSync(file, 'utf8').split('\n');
  fs.writeFileSync(file, [pid, ...rest].join('\n'));
}
