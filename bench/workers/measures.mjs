/** What is measured of one service, once. */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { lost, startClient, throughput } from './load.mjs';
import * as probe from './probe.mjs';

const { firstAnswer, get, now, sum, until, workersOf } = probe;

/** New connections a second while workers are killed and broken code is deployed. */
const PER_SECOND = 250;
const WORKERS = 2;
/** After the last worker has come, before the memory is read. */
const REST_MS = 1_000;

/** A life with nothing to do: start, memory at rest, stop; times in milliseconds. */
export async function life(start) {
  const begun = now();
  const service = await start();
  await firstAnswer(service);
  const startMs = now() - begun;
  const isBare = service.name === 'bare';
  if (!isBare) await probe.allWorkers(service, WORKERS);
  await sleep(REST_MS);
  const head = probe.memoryOf(service.pid());
  const workers = isBare ? [head] : workersOf(service).map(probe.memoryOf);
  const asked = now();
  await service.stop();
  const pss = sum(workers.map((worker) => worker.pss)) + (isBare ? 0 : head.pss);
  return { startMs, stopMs: now() - asked, head, worker: largest(workers), pss };
}

function largest(memories) {
  return memories.toSorted((a, b) => b.rss - a.rss)[0];
}

/** CPU seconds a minute of each service while all of them have nothing to do. */
export async function idle(services, seconds) {
  const look = () =>
    services.map((service) => ({
      head: probe.cpuOf(service.pid()),
      worker: sum(workersOf(service).map(probe.cpuOf)) / workersOf(service).length,
    }));
  const before = look();
  const begun = now();
  await sleep(seconds * 1_000);
  const after = look();
  const perMinute = 60 / (now() - begun);
  const figures = before.map(({ head, worker }, i) => ({
    head: (after[i].head - head) * perMinute,
    worker: (after[i].worker - worker) * perMinute,
  }));
  return Object.fromEntries(services.map(({ name }, i) => [name, figures[i]]));
}

/** Answers per second and per CPU second of all processes of the service. */
export async function rates(place, service, { kind, seconds }) {
  const before = probe.cpuOfAll(service);
  const { good, seconds: took } = await throughput(place, { port: service.port, kind, seconds });
  return {
    perSecond: good / took,
    perCpuSecond: (good * 1_000) / (probe.cpuOfAll(service) - before),
  };
}

/** A reload while 32 kept connections and 32 that are made anew each time ask every 20 ms. */
export async function reload(service) {
  const client = await startClient({ port: service.port, kept: 32, fresh: 32, pauseMs: 20 });
  await sleep(500);
  const begun = now();
  const { status, output } = await service.reload(20_000);
  const tookMs = now() - begun;
  if (status !== 0) console.error(`"${service.name}" cannot reload (${status}): ${output}`);
  // Old workers may still be leaving.
  await sleep(1_000);
  const { kept, fresh } = await client.stop();
  return { kept: lost(kept), fresh: lost(fresh), late: kept.late + fresh.late, tookMs };
}

/** The SIGKILL of the worker that answers next, while fresh connections come at a steady rate. */
export async function kill(service) {
  const victim = Number(await get(service.port, '/pid'));
  const client = await startClient({ port: service.port, perSecond: PER_SECOND });
  await sleep(200);
  const at = now();
  process.kill(victim, 'SIGKILL');
  await sleep(800);
  await until(async () => (await get(service.port)) !== undefined, 10_000);
  const { fresh, requests } = await client.stop();
  const after = requests.filter(([begun, , outcome]) => outcome === 'good' && begun >= at);
  return {
    refused: fresh.refused,
    lost: lost(fresh) - fresh.refused,
    late: fresh.late,
    backMs: Math.min(...after.map(([, ended]) => ended - at)),
    waitMs: Math.max(...after.map(([begun, ended]) => ended - begun)),
  };
}

/** A syntax error in the application, then a reload; what the clients notice within 8 s. */
export async function breakApp(service) {
  const client = await startClient({ port: service.port, perSecond: PER_SECOND });
  await sleep(500);
  const cpuBefore = probe.cpuWithEnded(service);
  fs.appendFileSync(path.join(service.dir, 'app.mjs'), '\nexport const broken = (;\n');
  const end = now() + 8_000;
  const { status, output } = await service.reload(0);
  await sleep(Math.max(0, end - now()));
  const cpuSeconds = (probe.cpuWithEnded(service) - cpuBefore) / 1_000;
  const serves = (await get(service.port)) !== undefined;
  const { fresh } = await client.stop();
  return {
    lost: lost(fresh),
    late: fresh.late,
    status,
    isShown: /SyntaxError/.test(output),
    serves,
    cpuSeconds,
  };
}
