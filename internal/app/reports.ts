/** What the service tells of itself: its status, and the diagnostic report that SIGQUIT asks for. */

import fs from 'node:fs';
import path from 'node:path';

import * as clock from '../clock/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type * as pidfile from '../pidfile/index.js';
import type { Companion } from './companion.js';
import type { Reloading } from './reloading.js';
import { describeLast } from './reloading.js';
import type { Work } from './work.js';

/** What a status is made of. */
export interface StatusParts {
  readonly life: lifecycle.Lifecycle;
  readonly claim: pidfile.Claim;
  readonly work: Work;
  readonly companion: Companion | undefined;
  readonly reloading: Reloading;
  readonly startedAt: Date;
  readonly version: string;
  readonly isDetached: boolean;
}

/** Returns the answer to `GET /status` on the control socket. */
export function status(parts: StatusParts): instance.ServiceStatus {
  const { life, claim, work, companion, reloading, startedAt } = parts;
  const { config: settings, generation, last } = reloading;
  return {
    pid: process.pid,
    phase: life.phase,
    generation,
    url: work.url,
    app: settings.get('app') ?? '',
    home: settings.home,
    startedAt: clock.utc(startedAt),
    uptimeMs: Math.round(process.uptime() * 1_000),
    version: parts.version,
    node: process.versions.node,
    isDetached: parts.isDetached,
    lock: claim.rung,
    memoryBytes: process.memoryUsage.rss(),
    requests: work.requests(),
    pending: work.pending(),
    probes: {
      live: settings.get('health.livePath') ?? '',
      ready: settings.get('health.readyPath') ?? '',
    },
    logDir: parts.isDetached ? settings.get('log.dir') : '',
    configFiles: settings.files,
    isSupervised: work.staff !== undefined,
    wanted: work.staff?.wanted ?? 0,
    workers: work.workers(),
    ...(companion === undefined ? {} : { database: companion.status() }),
    ...(last === undefined ? {} : { lastReload: { at: last.at, result: describeLast(last) } }),
  };
}

export interface DiagnosisOptions {
  /** Folder for the report; made when it is missing. */
  readonly dir: string;
  /** What rodent itself knows: phase, requests in flight, hooks. */
  readonly service: Readonly<Record<string, unknown>>;
}

/**
 * Writes `report-<UTC>-<pid>.json` (mode 0600) and returns its path.
 *
 * Node's own report would carry the environment and the command line; both may hold secrets and are
 * left out. It would also resolve the names of all peers; that is left out because it can block.
 */
export function writeDiagnosis(options: DiagnosisOptions): string {
  fs.mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const stamp = clock.utc().replaceAll(/[-:]/g, '').replace('.', '-');
  const file = path.join(options.dir, `report-${stamp}-${process.pid}.json`);
  const text = JSON.stringify({ service: options.service, node: nodeReport() }, undefined, 2);
  fs.writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}

function nodeReport(): Readonly<Record<string, unknown>> {
  // Known to Node 20.13 and later, and to its types from 22 on.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  if (!isRecord(report)) return {};
  const { environmentVariables: _environment, header, ...rest } = report;
  if (!isRecord(header)) return rest;
  const { commandLine: _commandLine, ...publicHeader } = header;
  return { header: publicHeader, ...rest };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
