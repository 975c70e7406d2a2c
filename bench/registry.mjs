/**
 * What it costs to be registered: heartbeats by process and by host, what they leave behind, and the
 * embedded database that takes them.
 *
 * The server is the embedded one with its own settings, fsync included. Contestants take turns, in
 * several rounds; CPU time is that of all of the server's processes.
 */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as postgres from '../dist/internal/postgres/index.js';
import * as registry from '../dist/internal/registry/index.js';
import { Server } from './registry/server.mjs';

const ROUNDS = 5;
/** How many processes a host has, and how many connections beat at once. */
const HOST = 50;
const CONNECTIONS = 20;
/** An hour of beats, one every ten seconds. */
const HOUR = 360;
const SIZES = [100, 1_000, 10_000];
const root = path.resolve(import.meta.dirname, '..');

/** Measures all figures; takes two to three minutes. */
export async function run() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-bench-'));
  fs.chmodSync(dir, 0o755);
  const server = new Server(path.join(dir, 'postgres'), dir);
  try {
    const starts = await measureStarts(server);
    const database = server.open(CONNECTIONS);
    await postgres.migrate(database, registry.MIGRATIONS);
    const rows = [];
    for (const size of SIZES) rows.push(...(await measureBeats(server, database, size)));
    rows.push(...(await measureLists(server, database)), ...(await measureGrowth(database)));
    await database.close();
    return [...starts, ...rows];
  } finally {
    await server.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

async function measureStarts(server) {
  const first = await timed(() => server.start());
  const memory = server.memoryMiB;
  const later = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await server.stop();
    later.push(await timed(() => server.start()));
  }
  return [
    row('embedded database, first start', first, 'ms', 'its files made'),
    row('embedded database, later starts', median(later), 'ms', 'the first start', 'none'),
    row('embedded database, memory at rest', memory, 'MiB PSS', 'all of its processes'),
  ];
}

async function measureBeats(server, database, size) {
  const hosts = await populate(database, size);
  const ids = hosts.flatMap(({ members }) => members.map(({ id }) => id));
  const measured = { single: [], batched: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    measured.single.push(await beats(server, ids, (id) => keepalive(database, id)));
    measured.batched.push(await beats(server, hosts, (host) => beat(database, host)));
  }
  await database.query('delete from rodent.processes');
  const of = (kind, figure, per) => median(measured[kind].map((one) => one[figure] / per));
  const [perSecond, batchedPerSecond] = [
    of('single', 'perSecond', 1),
    of('batched', 'perSecond', 1 / HOST),
  ];
  const [cpu, batchedCpu] = [of('single', 'cpuUs', 1), of('batched', 'cpuUs', HOST)];
  const name = `${size.toLocaleString('en')} processes`;
  return [
    row(`beats per second, ${name}, each by itself`, perSecond, 'beats/s', 'none'),
    row(
      `beats per second, ${name}, batched by host`,
      batchedPerSecond / perSecond,
      '×',
      'each by itself',
      '≥ 10',
      { batchedPerSecond },
    ),
    row(`server CPU per beat, ${name}, each by itself`, cpu, 'µs', 'none'),
    row(
      `server CPU per beat, ${name}, batched by host`,
      batchedCpu,
      'µs',
      `${cpu.toFixed(0)} µs each by itself`,
    ),
  ];
}

/** Enough repetitions of `work` over `list` to take a while, from as many connections as there are. */
async function beats(server, list, work) {
  const total = Math.max(list.length, Math.min(4_000, list.length * 40));
  const cpu = server.cpuMs;
  let next = 0;
  const loop = async () => {
    for (let index = next++; index < total; index = next++) await work(list[index % list.length]);
  };
  const ms = await timed(() => Promise.all(Array.from({ length: CONNECTIONS }, loop)));
  return {
    perSecond: (total * 1_000) / ms,
    cpuUs: ((server.cpuMs - cpu) * 1_000) / total,
  };
}

function keepalive(database, id) {
  return database.query('select rodent.keepalive($1)', [id], { name: 'keepalive' });
}

async function beat(database, host) {
  const values = [
    host.id,
    host.name,
    '0',
    host.owner,
    JSON.stringify(host.members),
    host.last,
    '60 s',
  ];
  const { rows } = await database.query(
    'select beat from rodent.beat_host($1, $2, $3, $4, $5, $6, $7::interval)',
    values,
    { name: 'beat' },
  );
  host.last = JSON.stringify(rows[0].beat);
  for (const member of host.members) member.is_known = true;
}

/** Registers `size` processes on hosts of fifty. */
async function populate(database, size) {
  const hosts = Array.from({ length: Math.ceil(size / HOST) }, (_, index) => ({
    id: randomUUID(),
    name: `host-${index}`,
    owner: randomUUID(),
    last: null,
    members: Array.from({ length: HOST }, (_nothing, at) => ({
      id: randomUUID(),
      kind: 'http',
      name: `http-${at}`,
      pid: at + 1,
      state: 'RUNNING',
      memory_bytes: 70_000_000,
      started_at: new Date().toISOString(),
      is_known: false,
    })),
  }));
  for (const host of hosts) await beat(database, host);
  return hosts;
}

async function measureLists(server, database) {
  await populate(database, 10_000);
  const page = [];
  const all = [];
  const command = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    page.push(await timed(() => registry.list(database, { limit: 100 })));
    all.push(await timed(() => registry.list(database)));
    command.push(await timed(() => ps(server)));
  }
  await database.query('delete from rodent.processes');
  return [
    row('list of 100 of 10,000 processes', median(page), 'ms', 'none'),
    row('list of 10,000 processes', median(all), 'ms', 'none'),
    row('`rodent ps --json`, 10,000 processes', median(command), 'ms', 'none'),
  ];
}

async function ps(server) {
  const { host, user, name, passFile } = server.server.address;
  const url = `postgresql://${user}@/${name}?host=${host}&passfile=${passFile}`;
  const child = spawn(
    process.execPath,
    [path.join(root, 'dist/bundle/rodent.js'), 'ps', '--json'],
    {
      cwd: path.dirname(passFile),
      env: { ...process.env, DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child.stdout.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`rodent ps ended with ${code}`);
}

/** An hour of beats of a thousand processes. */
async function measureGrowth(database) {
  const hosts = await populate(database, 1_000);
  const size = async () => {
    const { rows } = await database.query(
      `select pg_total_relation_size('rodent.processes') as bytes`,
    );
    return Number(rows[0].bytes) / 1_024;
  };
  await database.query('vacuum full rodent.processes');
  const before = await size();
  for (let round = 0; round < HOUR; round += 1)
    for (const host of hosts) await beat(database, host);
  const after = await size();
  const { rows } = await database.query(
    `select n_tup_upd as updates, n_tup_hot_upd as hot from pg_stat_user_tables
     where schemaname = 'rodent' and relname = 'processes'`,
  );
  const [{ updates, hot }] = rows;
  return [
    row(
      'table of 1,000 processes after an hour of beats',
      after,
      'KiB',
      `${before.toFixed(0)} KiB before`,
    ),
    row('updates that touch no index', (100 * hot) / updates, '%', 'all updates', '100'),
  ];
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function row(name, value, unit, against, aim = 'none', detail) {
  return { name, value, unit, against, aim, detail };
}
