/** Embedded servers of tests: each in a folder of its own, from one cluster that a file makes once. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, onTestFinished } from 'vitest';

import { tempDir } from '../../../test/support/index.js';
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

/** Returns a function that puts a complete cluster into the folder of `options`; call it once for a file. */
export function clusters(): (options: embedded.Options) => Promise<void> {
  let template: string | undefined;
  afterAll(() => {
    if (template !== undefined) fs.rmSync(template, { recursive: true, force: true });
  });
  return async (options) => {
    if (template === undefined) {
      const made = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-cluster-'));
      fs.chmodSync(made, 0o755);
      template = made;
      await embedded.open(optionsIn(made)).prepare();
    }
    fs.mkdirSync(options.dir, { recursive: true });
    execFileSync('cp', ['-a', path.join(template, 'postgres', CLUSTER), options.dir]);
  };
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
