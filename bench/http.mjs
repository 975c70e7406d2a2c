/**
 * What the server costs per request: (a) bare node:http, (b) @hono/node-server with a Hono app, (c) the
 * same app behind rodent's server with everything on: request ids, limits, request context, access log.
 *
 * Each variant is a process of its own on the loopback interface; this process makes the load. They take
 * turns in short slices, and medians are compared: on a shared machine the CPU time per request, taken
 * in the server's process, is the reliable figure, requests per second are for orientation.
 *
 * node bench/http.mjs [rounds] [requests in a slice]
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const CONNECTIONS = 16;
/** Requests until the compiler has done its work; counted, for a busy machine takes longer. */
const WARM_UP = 60_000;
/** The same for all: nobody hangs up on a client that waits for its turn on the processor. */
const KEEP_ALIVE_MS = 65_000;
const REQUEST =
  'GET /hello/world?from=bench HTTP/1.1\r\nHost: 127.0.0.1:8042\r\nUser-Agent: rodent-bench/1\r\nAccept: */*\r\n\r\n';

/** The three programs under test; each resolves with its port. */
const VARIANTS = {
  async node() {
    const http = await import('node:http');
    const server = http.createServer((request, response) => {
      const body = JSON.stringify({ hello: 'world' });
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      });
      response.end(body);
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
  async hono() {
    const { serve } = await import('@hono/node-server');
    const app = await helloApp();
    return new Promise((resolve) => {
      const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS };
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', serverOptions }, ({ port }) =>
        resolve(port),
      );
    });
  },
  async rodent() {
    const http = await import('../dist/internal/http/index.js');
    const context = await import('../dist/internal/context/index.js');
    const life = {
      ctx: context.withCancel(context.background()),
      phase: 'ready',
      registerDrain: () => () => undefined,
      registerShutdownHook: () => () => undefined,
      registerPending: () => () => undefined,
    };
    const log = await openLog();
    const listener = await http.listen({ host: '127.0.0.1', port: 0 });
    await http.open(life, {
      listener,
      handler: http.adapt(await helloApp()),
      limits: { deadlineMs: 30_000 },
      onRequest: (record) => log.access(record),
    });
    return listener.port;
  },
};

async function helloApp() {
  const { Hono } = await import('hono');
  const app = new Hono();
  app.get('/hello/:name', (c) => c.json({ hello: c.req.param('name') }));
  return app;
}

/** The access log of a service, in a folder that goes with the process. */
async function openLog() {
  const log = await import('../dist/internal/log/index.js');
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-bench-'));
  process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
  return log.open({ dir });
}

/** The child: serves until its parent goes, and tells its CPU time when asked. */
async function runServer(variant) {
  process.on('message', () => process.send(process.cpuUsage()));
  process.on('disconnect', () => process.exit());
  process.send(await VARIANTS[variant]());
}

async function startServer(variant) {
  const child = fork(SELF, ['--serve', variant]);
  const [port] = await once(child, 'message');
  return { variant, child, port, cpu: [], rate: [] };
}

async function cpuMicroseconds(child) {
  child.send('cpu');
  const [usage] = await once(child, 'message');
  return usage.user + usage.system;
}

/** Asks `total` times; every connection asks again as soon as it is answered. */
async function load(port, total) {
  const budget = { left: total };
  await Promise.all(Array.from({ length: CONNECTIONS }, () => keepAsking(port, budget)));
}

function keepAsking(port, budget) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(REQUEST));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.endsWith('{"hello":"world"}')) return;
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(text));
      text = '';
      budget.left -= 1;
      if (budget.left > 0) socket.write(REQUEST);
      else socket.end();
    });
    socket.on('close', () => resolve());
  });
}

async function slice(server, total) {
  const cpuBefore = await cpuMicroseconds(server.child);
  const before = performance.now();
  await load(server.port, total);
  const seconds = (performance.now() - before) / 1_000;
  server.cpu.push(((await cpuMicroseconds(server.child)) - cpuBefore) / total);
  server.rate.push(total / seconds);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs the benchmark: about 30 s on a quiet machine, or what there is of it after 150 s. */
export async function run({ rounds = 15, total = 6_000 } = {}) {
  const end = performance.now() + 150_000;
  const servers = [];
  try {
    for (const variant of Object.keys(VARIANTS)) servers.push(await startServer(variant));
    for (const server of servers) await load(server.port, WARM_UP);
    for (let round = 0; round < rounds && performance.now() < end; round += 1) {
      for (const server of servers) await slice(server, total);
    }
  } finally {
    for (const { child } of servers) child.disconnect();
  }
  return report(Object.fromEntries(servers.map((server) => [server.variant, server])));
}

function report({ node, hono, rodent }) {
  const shown = [node, hono, rodent].map(
    ({ variant, cpu, rate }) =>
      `${variant} ${median(cpu).toFixed(1)} us, ${Math.round(median(rate))}/s`,
  );
  const byRound = rodent.cpu.map((cpu, round) => hono.cpu[round] / cpu);
  const rates = rodent.rate.map((rate, round) => rate / hono.rate[round]);
  const detail = shown.join('; ');
  const overNode = rodent.cpu.map((cpu, round) => node.cpu[round] / cpu);
  return [
    result('requests per CPU second', median(byRound), '@hono/node-server', detail),
    result('requests per second', median(rates), '@hono/node-server', detail),
    result('requests per CPU second', median(overNode), 'node:http', detail),
  ];
}

function result(name, value, against, detail) {
  const aim = against === 'node:http' ? 'none' : '0.9 or more';
  return { name, value: Math.round(value * 1_000) / 1_000, unit: 'x', against, aim, detail };
}

if (process.argv[2] === '--serve') await runServer(process.argv[3]);
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rounds, total] = process.argv.slice(2).map(Number);
  for (const line of await run({ rounds, total })) {
    console.log(`${line.name}: ${line.value} ${line.unit} of ${line.against} (aim: ${line.aim})`);
    console.log(`  ${line.detail}`);
  }
}
