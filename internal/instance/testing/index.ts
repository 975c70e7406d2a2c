/** Package testing: a stand-in for a running service, and what one says of itself. */

import path from 'node:path';

import { onTestFinished } from 'vitest';

import type * as child from '../../child/index.js';
import * as control from '../../control/index.js';
import type * as instance from '../index.js';

/** Serves `routes` at the place of a service below `dir`, until the test ends. */
export async function standIn(dir: string, routes: control.Routes): Promise<StandIn> {
  const run = path.join(dir, 'run');
  const place = { pidFile: path.join(run, 'rodent.pid'), socket: path.join(run, 'control.sock') };
  const life = { registerShutdownHook: () => undefined };
  const opened = await control.open(life, { path: place.socket, routes });
  onTestFinished(() => opened.close());
  return { place, close: () => opened.close() };
}

export interface StandIn {
  readonly place: instance.Place;
  close(): Promise<void>;
}

/** A supervised service that has just started, with `changes`. */
export function service(changes: Partial<instance.ServiceStatus> = {}): instance.ServiceStatus {
  return {
    pid: 4127,
    phase: 'ready',
    generation: 1,
    url: 'http://127.0.0.1:8042',
    app: '/srv/hello/app.ts',
    home: '/srv/hello/.rodent',
    startedAt: '2026-01-02T03:04:05.000Z',
    uptimeMs: 7_380_000,
    version: '0.2.0',
    node: '20.20.0',
    isDetached: true,
    lock: 'ofd',
    memoryBytes: 48 * 1024 * 1024,
    requests: { total: 12_301, active: 3, connections: 5 },
    pending: [],
    probes: { live: '/livez', ready: '/readyz' },
    logDir: '/srv/hello/.rodent/log',
    configFiles: [],
    isSupervised: true,
    wanted: 0,
    workers: [],
    ...changes,
  };
}

/** An http worker that serves, with `changes`. */
export function worker(changes: Partial<child.WorkerStatus> = {}): child.WorkerStatus {
  return {
    name: 'http-1',
    kind: 'http',
    state: 'RUNNING',
    pid: 4130,
    generation: 1,
    isSpare: false,
    isSuspended: false,
    since: '2026-01-02T03:04:06.000Z',
    startedAt: '2026-01-02T03:04:05.000Z',
    uptimeMs: 7_380_000,
    restarts: 0,
    vitals: vitals(),
    ...changes,
  };
}

/** What a worker's beat tells, with `changes`. */
export function vitals(changes: Partial<child.Vitals> = {}): child.Vitals {
  return {
    requests: 12_301,
    active: 3,
    connections: 5,
    memoryBytes: 71 * 1024 * 1024,
    heapBytes: 20 * 1024 * 1024,
    cpuMs: 1000,
    loopDelayMs: { p50: 0.4, p99: 1.2, max: 9 },
    overdue: [],
    ...changes,
  };
}

/** A program that does not run, with `changes`. */
export function program(changes: Partial<child.WorkerStatus> = {}): child.WorkerStatus {
  return {
    name: 'mailer',
    kind: 'program',
    state: 'STOPPED',
    generation: 1,
    isSpare: false,
    isSuspended: false,
    since: '2026-01-02T03:04:06.000Z',
    restarts: 0,
    ...changes,
  };
}
