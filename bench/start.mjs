/**
 * What `rodent` costs at its start, at rest and at its end, against programs without it.
 *
 * Every figure is the median of rounds in which all contestants run in turn, in changing order.
 * A start is the time from spawn to the first 200; a stop the time from SIGTERM to the exit of the
 * process, with nothing in flight.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from './workers/probe.mjs';

const ROUNDS = 11;
/** After the first answer and before the memory is read. */
const REST_MS = 1000;
const root = path.resolve(import.meta.dirname, '..');
const rodent = path.join(root, 'dist/bundle/rodent.js');

/** The same answer from node:http, from Hono on its Node server, and as an app for `rodent serve`. */
const PROGRAMS = {
  'http.mjs': `
    import http from 'node:http';
    http.createServer((_, response) => response.end('hello')).listen(process.argv[2], '127.0.0.1');`,
  'hono.mjs': `
    import { serve } from '@hono/node-server';
    import { Hono } from 'hono';
    const app = new Hono().get('/', (c) => c.text('hello'));
    serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.argv[2]) });`,
  'app.mjs': `
    import { Hono } from 'hono';
    export default new Hono().get('/', (c) => c.text('hello'));`,
  'fetch.mjs': `export default { fetch: () => new Response('hello') };`,
};

/** Measures all figures; takes about a minute. */
export async function run() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-bench-'));
  try {
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(work, 'node_modules'));
    fs.writeFileSync(path.join(work, 'package.json'), '{ "private": true, "type": "module" }');
    for (const [name, text] of Object.entries(PROGRAMS)) {
      fs.writeFileSync(path.join(work, name), text);
    }
    return [...(await compareServers(work)), ...(await compareCommands(work))];
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

async function compareServers(work) {
  const words = {
    node: ['http.mjs'],
    hono: ['hono.mjs'],
    rodent: [rodent, 'serve', 'app.mjs', '--workers', '0', '--port'],
    fetch: [rodent, 'serve', 'fetch.mjs', '--workers', '0', '--port'],
  };
  const rounds = await inTurn(words, (args) => live(args, work));
  return [
    ratio(rounds, 'start to the first 200, fetch function', 'startMs', ['fetch', 'node'], '< 1.5'),
    ratio(rounds, 'start to the first 200, Hono app', 'startMs', ['rodent', 'node'], '< 1.5'),
    ratio(rounds, 'start to the first 200, Hono app', 'startMs', ['rodent', 'hono'], 'none'),
    ratio(rounds, 'memory at rest, RSS', 'rssKiB', ['rodent', 'hono'], 'none'),
    ratio(rounds, 'memory at rest, PSS', 'pssKiB', ['rodent', 'hono'], 'none'),
    ratio(rounds, 'stop when idle', 'stopMs', ['rodent', 'hono'], 'none'),
  ];
}

async function compareCommands(work) {
  const words = { bare: ['-e', '0'], status: [rodent, 'status'], help: [rodent, '--help'] };
  const rounds = await inTurn(words, (args) => finish(args, work));
  return [
    ratio(rounds, 'rodent status, wall time', 'wallMs', ['status', 'bare'], '< 2'),
    ratio(rounds, 'rodent status, CPU time', 'cpuMs', ['status', 'bare'], '< 2'),
    ratio(rounds, 'rodent --help, wall time', 'wallMs', ['help', 'bare'], '< 2'),
    ratio(rounds, 'rodent --help, CPU time', 'cpuMs', ['help', 'bare'], '< 2'),
  ];
}

const CALLED = {
  node: 'a node:http script',
  hono: 'a Hono script on @hono/node-server',
  bare: 'node -e 0',
};

/** One result for each contestant and round, the order turning; the first round only warms up. */
async function inTurn(contestants, measure) {
  const names = Object.keys(contestants);
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const result = {};
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + round) % names.length];
      result[name] = await measure(contestants[name]);
    }
    if (round > 0) rounds.push(result);
  }
  return rounds;
}

/** The median of the rounds' ratios, with the median values behind it. */
function ratio(rounds, name, key, [ours, theirs], aim) {
  const of = (contestant) => median(rounds.map((result) => result[contestant][key]));
  return {
    name,
    value: median(rounds.map((result) => result[ours][key] / result[theirs][key])),
    unit: 'times as much',
    against: CALLED[theirs],
    aim,
    detail: { [`${key} ours`]: of(ours), [`${key} theirs`]: of(theirs), rounds: rounds.length },
  };
}

/** Rounded to four digits. */
function median(values) {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  return Number(middle.toPrecision(4));
}

/** A server's life: from spawn to the first 200, a moment of rest, from SIGTERM to its exit. */
async function live(args, cwd) {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, [...args, String(port)], { cwd, stdio: 'ignore' });
  const exit = once(child, 'exit');
  while ((await get(port)) !== 200) {
    if (child.exitCode !== null) throw new Error(`"${args.join(' ')}" ended: ${child.exitCode}`);
    await sleep(1);
  }
  const startMs = performance.now() - start;
  await sleep(REST_MS);
  const memory = memoryOf(child.pid);
  const end = performance.now();
  child.kill('SIGTERM');
  await exit;
  return { startMs, ...memory, stopMs: performance.now() - end };
}

/** Status of one request on a connection of its own; undefined while nobody answers. */
function get(port) {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, agent: false }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      })
      .on('error', () => resolve(undefined));
  });
}

/** Resident memory, and the share of it that is the process's own part. Source: proc_pid_smaps(5). */
function memoryOf(pid) {
  const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (field) => Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1]);
  return { rssKiB: read('Rss'), pssKiB: read('Pss') };
}

/** A command's life, told by bash, which knows what its child consumed. */
async function finish(args, cwd) {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >/dev/null 2>&1';
  const words = ['-c', script, 'bash', process.execPath, ...args];
  const child = spawn('bash', words, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  await once(child, 'close');
  const [wall, user, system] = said.trim().split(' ').map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}
