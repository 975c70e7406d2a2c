import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { becomeNobody, canBecomeNobody, giveToNobody, until } from '../../test/support/index.js';
import type { SpawnOptions } from '../../test/support/index.js';
import * as child from '../child/index.js';
import * as embedded from './index.js';
import { isRunning, own, told } from './testing/owner.js';
import {
  ask,
  cluster,
  dataOf,
  IS_ROOT,
  launch,
  openDir,
  optionsIn,
  prepared,
  start,
  stop,
} from './testing/server.js';

/** A PATH on which there is no setpriv. */
function untethered(): SpawnOptions {
  return { env: { PATH: openDir() } };
}

/** Whether the server says that it shuts down. */
function isStopping(options: embedded.Options): boolean {
  try {
    return /^stopping/m.test(fs.readFileSync(path.join(dataOf(options), 'postmaster.pid'), 'utf8'));
  } catch {
    return true;
  }
}

describe('an owner that is killed', () => {
  test.runIf(process.platform === 'linux')('takes its server along where setpriv is', async () => {
    const options = optionsIn();
    await cluster(options);
    const owner = own(options);
    const { pid, isTethered, address } = await told(owner);
    expect(isTethered).toBe(true);
    await ask({ address }, 'create table kept as select 42 as answer');
    owner.child.kill('SIGKILL');
    await until('the server to go', () => !isRunning(pid) || isStopping(options));
    const server = embedded.open(options);
    await server.prepare();
    await start(server);
    expect(isRunning(pid)).toBe(false);
    expect(await ask(server, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('leaves a server behind elsewhere, which the next one adopts, stops and starts', async () => {
    const options = optionsIn();
    await cluster(options);
    const owner = own(options, untethered());
    const { pid, isTethered } = await told(owner);
    expect(isTethered).toBe(false);
    owner.child.kill('SIGKILL');
    await owner.exit;
    expect(isRunning(pid)).toBe(true);
    const server = embedded.open(options);
    await server.prepare();
    const adopted = await start(server);
    expect(adopted.pid).toBe(pid);
    expect(adopted.isSuspended()).toBe(false);
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await stop(adopted)).toMatchObject({ code: 0, signal: null });
    expect(isRunning(pid)).toBe(false);
    expect((await start(server)).pid).not.toBe(pid);
  });
});

test('a guard ends the server where setpriv does not', async () => {
  const options = { ...optionsIn(), env: { ...process.env, PATH: openDir() } };
  await cluster(options);
  const guard = child.openGuard();
  const server = embedded.open({ ...options, guard: () => guard });
  await server.prepare();
  const started = await start(server);
  await guard.close();
  expect(await started.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('an owner that is killed while it makes the cluster leaves nothing that the next one trips over', async () => {
  const options = optionsIn();
  const owner = own(options);
  const [half = ''] = await until('a half-made cluster', () => {
    const names = fs.existsSync(options.dir) ? fs.readdirSync(options.dir) : [];
    return names.some((name) => fs.existsSync(path.join(options.dir, name, 'data', 'PG_VERSION')))
      ? names
      : undefined;
  });
  owner.child.kill('SIGKILL');
  await owner.exit;
  expect(half).toMatch(/^\.cluster\..*\.new$/);
  const server = embedded.open(options);
  await server.prepare();
  expect(fs.readdirSync(options.dir).toSorted()).toEqual(['cluster', 'run']);
  await start(server);
});

describe('an adopted server', () => {
  test('that is killed has not ended in order, and kill() is at once', async () => {
    const { options, server } = await prepared();
    const first = await start(server);
    const adopted = await start(embedded.open(options));
    expect(adopted.pid).toBe(first.pid);
    adopted.signal('SIGKILL');
    expect(await adopted.exited).toMatchObject({ code: 1 });
    expect(adopted.signal('SIGTERM')).toBe(false);
    await first.exited;
    const second = await start(server);
    const again = await start(embedded.open(options));
    again.kill();
    await Promise.all([second.exited, again.exited]);
  });

  test('must have its socket where its clients look for it', async () => {
    const options = optionsIn(path.join(openDir(), 'd'.repeat(100)));
    await cluster(options);
    const server = embedded.open(options);
    await server.prepare();
    onTestFinished(() => fs.rmSync(server.address.host ?? '', { recursive: true, force: true }));
    await start(server);
    const other = embedded.open({ ...options, runtimeDir: openDir() });
    await other.prepare();
    const { error } = await launch(other).exited;
    expect(error?.message).toMatch(
      /: process \d+ serves it with its socket in ".*", not in ".*"; stop that process first\.$/,
    );
  });
});

describe('two starts at once', () => {
  test('on a folder without a cluster end with one cluster and one server', async () => {
    const options = optionsIn();
    const owners = [own(options), own(options)];
    const outcomes = await Promise.all(
      owners.map((owner) => owner.line(/^(?:\{"pid":(\d+).*|failed: (.*))$/m)),
    );
    const pids = new Set(outcomes.flatMap(([, pid]) => pid ?? []).map(Number));
    expect(pids.size).toBe(1);
    const refusals = outcomes.flatMap(([, , failure]) => failure ?? []);
    expect(refusals.filter((words) => !/lock file ".*" already exists\.$/.test(words))).toEqual([]);
    expect(fs.readdirSync(options.dir).filter((name) => name.endsWith('.new'))).toEqual([]);
    const server = embedded.open(options);
    await server.prepare();
    const adopted = await start(server);
    expect([...pids]).toEqual([adopted.pid]);
    await ask(server, 'create table kept as select 42 as answer');
    await stop(adopted);
    await start(server);
    expect(await ask(server, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });
});

test.runIf(canBecomeNobody)('an ordinary user runs its own server', async () => {
  const options = optionsIn();
  fs.mkdirSync(options.dir);
  giveToNobody(options.dir);
  const owner = own(options, { execArgv: ['--import', becomeNobody()], cwd: '/' });
  const { pid, address } = await told(owner);
  expect(address.host).toBe(path.join(options.dir, 'run'));
  expect(fs.statSync(`/proc/${pid}`).uid).toBe(fs.statSync(options.dir).uid);
  owner.child.kill('SIGTERM');
  await owner.line(/^ended with 0$/m);
});

test.runIf(IS_ROOT)('the server of root runs as the user that is named', async () => {
  const server = embedded.open({ ...optionsIn(), user: 'daemon' });
  await server.prepare();
  const { pid } = await start(server);
  const entry = /^daemon:[^:]*:(\d+):(\d+):/m.exec(fs.readFileSync('/etc/passwd', 'utf8'));
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  expect(status).toMatch(new RegExp(`^Uid:\\s+${entry?.[1]}\\s`, 'm'));
  expect(status).toMatch(new RegExp(`^Gid:\\s+${entry?.[2]}\\s`, 'm'));
  expect(status).toMatch(/^Groups:\s*$/m);
});
