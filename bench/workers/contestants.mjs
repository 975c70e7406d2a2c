/**
 * The contestants, each as a service that is started, reloaded and stopped the way its users do it:
 * `{ name, port, dir, pid(), reload(), stop() }`, `pid()` being the process that keeps the workers.
 */

import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { readable } from './place.mjs';
import { freePort, until } from './probe.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const rodent = path.join(root, 'dist/bundle/rodent.js');
/** The newest pm2; its package.json demands Node 18 or later. */
const PM2 = 'pm2@7.0.4';
const STOP_LIMIT_MS = 30_000;

const pm2Bin = (place) => path.join(place.folder, 'node_modules/pm2/bin/pm2');

/** Puts pm2 into the bench's folder; tells why not where that fails. */
export async function installPm2(place) {
  // The prefix in words: a script of npm hands its own one down in the environment.
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--omit=optional'];
  const words = ['install', '--prefix', place.folder, ...quiet, PM2];
  const options = { cwd: place.folder, env: process.env, timeoutMs: 120_000 };
  const { status, output } = await place
    .command('npm', words, options)
    .catch((error) => ({ status: 'no npm', output: error.message }));
  if (status === 0 && fs.existsSync(pm2Bin(place))) return true;
  console.error(`Without pm2: "npm install ${PM2}" failed (${status}). ${output.trim()}`);
  return false;
}

/** Each starts a service of `workers` workers; it may not answer yet when its function returns. */
export const CONTESTANTS = { rodent: startRodent, cluster: startCluster, pm2: startPm2 };

let count = 0;

async function lay(place, name) {
  count += 1;
  return { dir: place.lay(`${name}-${count}`), port: await freePort() };
}

export async function startRodent(place, { workers, spare = 0, env: more, isDetached = false }) {
  const { dir, port } = await lay(place, 'rodent');
  const words = ['serve', 'app.mjs', '--workers', String(workers), '--port', String(port)];
  const env = { RODENT_WORKERS_SPARE: String(spare), ...more };
  const run = (...words) => place.command(process.execPath, [rodent, ...words], { cwd: dir });
  if (isDetached) {
    const started = place.start([rodent, ...words, '--detached'], { cwd: dir, env });
    const pid = () => pidIn(path.join(dir, '.rodent/run/rodent.pid'));
    const stop = async () => {
      await ended(started);
      await run('stop');
    };
    return { name: 'rodent', dir, port, pid, reload: () => run('reload'), stop };
  }
  const child = place.start([rodent, ...words], { cwd: dir, env });
  return {
    name: 'rodent',
    dir,
    port,
    pid: () => child.pid,
    reload: () => run('reload'),
    stop: () => terminate(child),
  };
}

export async function startCluster(place, { workers }) {
  const { dir, port } = await lay(place, 'cluster');
  const env = { PORT: String(port), WORKERS: String(workers) };
  const child = place.start(['cluster.mjs'], { cwd: dir, env });
  const reloads = () =>
    fs.readFileSync(path.join(dir, 'said.log'), 'utf8').split('reloaded').length;
  return {
    name: 'cluster',
    dir,
    port,
    pid: () => child.pid,
    /** A signal has no answer; `limitMs` is how long the line in the log is waited for. */
    async reload(limitMs) {
      const before = reloads();
      child.kill('SIGHUP');
      await until(() => reloads() > before, limitMs);
      return { status: 0, output: '' };
    },
    stop: () => terminate(child),
  };
}

export async function startPm2(place, { workers }) {
  const { dir, port } = await lay(place, 'pm2');
  const home = path.join(dir, 'home');
  const env = { PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true', PORT: String(port) };
  const words = ['start', 'server.mjs', '--instances', String(workers), '--name', 'app'];
  const started = place.start([pm2Bin(place), ...words], { cwd: dir, env });
  const run = (...words) =>
    place.command(process.execPath, [pm2Bin(place), ...words], { cwd: dir, env });
  return {
    name: 'pm2',
    dir,
    port,
    pid: () => pidIn(path.join(home, 'pm2.pid')),
    reload: () => run('reload', 'app'),
    async stop() {
      await ended(started);
      await run('kill');
    },
  };
}

/** One process of the application, kept by nobody. */
export async function startBare(place) {
  const { dir, port } = await lay(place, 'bare');
  const child = place.start(['server.mjs'], { cwd: dir, env: { PORT: String(port) } });
  return { name: 'bare', dir, port, pid: () => child.pid, stop: () => terminate(child) };
}

/** Not a number as long as there is none. */
function pidIn(file) {
  return Number.parseInt(readable(file), 10);
}

/** Whoever does not leave within the limit is killed; its workers are found when the bench ends. */
async function terminate(child) {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  child.kill('SIGTERM');
  await ended(child);
  clearTimeout(timer);
}

async function ended(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
