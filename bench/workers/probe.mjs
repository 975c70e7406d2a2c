/** How a service looks from outside: its answers, its processes, their memory and processor time. */

import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { readable } from './place.mjs';

/** USER_HZ, the same on every Linux. */
const MS_PER_TICK = 10;

/** Milliseconds on the clock that all processes of a machine share. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Whether it came true within the limit. */
export async function until(isTrue, limitMs, stepMs = 10) {
  const end = now() + limitMs;
  while (!(await isTrue())) {
    if (now() > end) return false;
    await sleep(stepMs);
  }
  return true;
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The answer's text, on a connection of its own; undefined when there is none or not a 200. */
export function get(port, path = '/') {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, timeout: 2_000 };
    const request = http.get(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('close', () => resolve(response.statusCode === 200 ? text : undefined));
    });
    request.on('error', () => resolve(undefined)).on('timeout', () => request.destroy());
  });
}

/** Waits for the first 200; tells what the service said when there is none. */
export async function firstAnswer({ name, port, dir }) {
  if (await until(async () => (await get(port)) !== undefined, 30_000, 1)) return;
  throw new Error(`"${name}" does not answer. It said: ${readable(`${dir}/said.log`)}`);
}

/** Waits until all workers are there, serving or standing by. */
export async function allWorkers(service, wanted) {
  if (await until(() => workersOf(service).length >= wanted, 30_000)) return;
  throw new Error(`"${service.name}" has ${workersOf(service).length} of ${wanted} workers.`);
}

/** The process IDs of the workers: the children of the process that keeps them. */
export function workersOf(service) {
  const parent = service.pid();
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid) {
  return Number(statOf(pid)[4]);
}

/** Source: proc_pid_stat(5), which counts the fields from 1; its second may hold anything, `)` too. */
function statOf(pid) {
  const text = readable(`/proc/${pid}/stat`);
  return [undefined, pid, '', ...text.slice(text.lastIndexOf(')') + 2).split(' ')];
}

/** Resident memory in MiB, and the share of it that is the process's own part. */
export function memoryOf(pid) {
  const text = readable(`/proc/${pid}/smaps_rollup`);
  const read = (field) => Number(new RegExp(`^${field}: +(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { rss: read('Rss'), pss: read('Pss') };
}

/** Processor time of a process in milliseconds: that of its threads, which the kernel counts in ns. */
export function cpuOf(pid) {
  const file = `/proc/${pid}/task`;
  if (!fs.existsSync(file)) return 0;
  const times = fs.readdirSync(file).map((task) => readable(`${file}/${task}/schedstat`));
  return sum(times.map((text) => Number(text.split(' ')[0]))) / 1e6;
}

/** Of the service as a whole. */
export function cpuOfAll(service) {
  return sum([service.pid(), ...workersOf(service)].map(cpuOf));
}

/** In milliseconds, of the service as a whole and of all workers that it has had. */
export function cpuWithEnded(service) {
  const pid = service.pid();
  const [user, system] = statOf(pid).slice(16, 18).map(Number);
  return cpuOfAll(service) + (user + system) * MS_PER_TICK;
}

export function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}
