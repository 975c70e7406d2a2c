/** Embedded servers of tests: each in a folder of its own, from one cluster that a run makes once. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { tempDir, until } from '../../../test/support/index.js';
import type * as child from '../../child/index.js';
import * as postgres from '../../postgres/index.js';
import * as embedded from '../index.js';

/** Whether the servers of these tests run as another user. */
export const IS_ROOT: boolean = process.getuid?.() === 0;

/** The cluster of a server in its folder. */
const CLUSTER = 'cluster';

/** Options for a server in `dir`, or in a new folder that anybody may enter. */
export function optionsIn(dir: string = openDir()): embedded.Options {
  return {
    dir: path.join(dir, 'postgres'),
    runtimeDir: path.join(dir, 'runtime'),
    stateDir: path.join(dir, 'state'),
    env: process.env,
  };
}

/** A new folder that anybody may enter. */
export function openDir(): string {
  const dir = tempDir();
  fs.chmodSync(dir, 0o755);
  return dir;
}

/** Puts a complete cluster into the folder of `options`, a copy of the one that the whole run shares. */
export async function cluster(options: embedded.Options): Promise<void> {
  const shared = path.join(process.env['TEST_POSTGRES_OF_RODENT'] ?? '', 'embedded');
  const ready = path.join(shared, 'ready');
  if (isFirst(shared)) {
    const made = optionsIn(shared);
    await embedded.open(made).prepare();
    // What these servers survive is the end of processes, not of the machine: the kernel keeps the rest.
    fs.appendFileSync(path.join(dataOf(made), 'postgresql.conf'), 'fsync = off\n');
    fs.writeFileSync(ready, '');
  }
  await until('the cluster of the run', () => fs.existsSync(ready));
  fs.mkdirSync(options.dir, { recursive: true });
  execFileSync('cp', ['-a', path.join(shared, 'postgres', CLUSTER), options.dir]);
}

function isFirst(dir: string): boolean {
  try {
    fs.mkdirSync(dir, 0o755);
    return true;
  } catch {
    return false;
  }
}

/** A server on a complete cluster, prepared and not started. */
export async function prepared(): Promise<{
  readonly options: embedded.Options;
  readonly server: embedded.Server;
}> {
  const options = optionsIn();
  await cluster(options);
  const server = embedded.open(options);
  await server.prepare();
  return { options, server };
}

/** PostgreSQL's own folder of a server that was not moved. */
export function dataOf({ dir }: embedded.Options): string {
  return path.join(dir, CLUSTER, 'data');
}

/** Starts a server that is ready; it has ended when the test ends. */
export async function start(server: embedded.Server): Promise<child.Process> {
  const started = launch(server);
  await started.ready;
  return started;
}

/** Starts a server; it has ended when the test ends. */
export function launch(server: embedded.Server): child.Process {
  const started = server.start();
  onTestFinished(async () => {
    started.kill();
    await started.exited;
  });
  return started;
}

/** Ends a server in order. */
export async function stop(started: child.Process): Promise<child.Exit> {
  started.stop({ kind: 'stop' });
  return started.exited;
}

/** Asks a server one question on a connection of its own. */
export async function ask<Row extends object>(
  server: Pick<embedded.Server, 'address'>,
  sql: string,
): Promise<readonly Row[]> {
  const database = postgres.open({
    address: server.address,
    applicationName: 'test',
    maxConnections: 1,
  });
  try {
    return (await database.query<Row>(sql)).rows;
  } finally {
    await database.close();
  }
}
