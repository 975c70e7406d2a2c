/** The diagnostic report that SIGQUIT asks for: what the process is doing, without its secrets. */

import fs from 'node:fs';
import path from 'node:path';

import * as clock from '../clock/index.js';

export interface DiagnosisOptions {
  /** Folder for the report; must exist. */
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
export function write(options: DiagnosisOptions): string {
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
