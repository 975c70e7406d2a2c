/**
 * The PostgreSQL server of a test run: started by the first test that asks for a database
 * (support/database.ts), stopped here after the last. RODENT_TEST_DATABASE_URL names another server.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder of the server; set for the tests of one run. */
const VARIABLE = 'TEST_POSTGRES_OF_RODENT';
const PATIENCE_MS = 30_000;

/** Names the folder; what it returns stops the server, if there is one. Called by Vitest. */
export function setup(): () => Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-pg-'));
  fs.chmodSync(dir, 0o755);
  process.env[VARIABLE] = dir;
  return async () => {
    const pid = serverIn(dir);
    if (pid !== undefined) await stop(pid);
    fs.rmSync(dir, { recursive: true, force: true });
  };
}

function serverIn(dir: string): number | undefined {
  const file = path.join(dir, 'data', 'postmaster.pid');
  if (!fs.existsSync(file)) return undefined;
  return Number(fs.readFileSync(file, 'utf8').split('\n', 1)[0]);
}

async function stop(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  const end = performance.now() + PATIENCE_MS;
  while (runs(pid) && performance.now() < end) await sleep(20);
  if (runs(pid)) signal(pid, 'SIGKILL');
}

/** Whether it runs; one that has exited stays a zombie where nobody reaps. */
function runs(pid: number): boolean {
  if (!fs.existsSync('/proc/self')) return signal(pid, 0);
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
