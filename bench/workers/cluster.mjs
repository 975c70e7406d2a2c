/** A node:cluster script as it is usually written: round robin, restarts, a reload one by one. */

import cluster from 'node:cluster';
import { once } from 'node:events';
import path from 'node:path';

const COUNT = Number(process.env.WORKERS);
const leaving = new Set();
let isStopping = false;
let isReloading = false;

cluster.setupPrimary({ exec: path.join(import.meta.dirname, 'server.mjs') });
for (let i = 0; i < COUNT; i += 1) cluster.fork();

cluster.on('exit', (worker, code, signal) => {
  if (isStopping || leaving.delete(worker)) return;
  console.error(`Worker ${worker.process.pid} ended (${signal ?? code}); starting another one.`);
  cluster.fork();
});

process.on('SIGHUP', () => void reload());

async function reload() {
  if (isReloading) return;
  isReloading = true;
  for (const old of Object.values(cluster.workers)) {
    await once(cluster.fork(), 'listening');
    leaving.add(old);
    old.kill('SIGTERM');
    await once(old, 'exit');
  }
  isReloading = false;
  console.log('reloaded');
}

process.on('SIGTERM', () => {
  isStopping = true;
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
});
