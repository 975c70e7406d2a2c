/** The service's own words: what the lifecycle and the server tell, written to the log. */

import * as config from '../config/index.js';
import * as errors from '../errors/index.js';
import type * as http from '../http/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as log from '../log/index.js';
import type * as pidfile from '../pidfile/index.js';
import type * as postgres from '../postgres/index.js';
import * as supervisor from '../supervisor/index.js';
import { DATABASE_EVENTS } from './database-events.js';

export interface StartInfo {
  readonly config: config.Config;
  readonly claim: pidfile.Claim;
  readonly version: string;
}

/** Keeps what comes before there is a log, and writes it then. */
export class Journal {
  readonly #early: log.Early = log.buffer();
  #log: log.Log | undefined;

  /** From now on everything goes to `opened`; what was kept goes first. */
  attach(opened: log.Log): void {
    this.#log = opened;
    opened.replay(this.#early.entries);
  }

  /** Writes a constant sentence with its values. */
  record(level: log.Level, detail: string, data: Readonly<Record<string, unknown>> = {}): void {
    const fields = { context_data: data };
    if (this.#log === undefined) this.#early.record(level, detail, fields);
    else this.#log.record(level, detail, fields);
  }

  /** Writes an error with its context, cause and stack. */
  error(error: unknown, data: Readonly<Record<string, unknown>> = {}): void {
    if (this.#log === undefined) this.#early.record('error', errors.describe(error), { error });
    else this.#log.error(error, { fields: { context_data: data } });
  }

  /** Writes an error that a handler threw, in the words of the request log. */
  fault(error: unknown, { requestId, method, path, status }: http.ErrorInfo): void {
    this.error(error, { request_id: requestId, method, path, status });
  }

  /** Writes what this process is and what it was told. Source: R-INP-15. */
  starting({ config: settings, claim, version }: StartInfo): void {
    this.record('info', 'Starting', {
      version,
      node: process.versions.node,
      home: settings.home,
      config_files: settings.files,
      ...(config.isDatabaseNamed(settings) ? { database: config.describeDatabase(settings) } : {}),
      lock: claim.rung,
      ...(claim.previous === undefined ? {} : { replaces_dead_process: claim.previous.pid }),
    });
  }

  /** Writes what happened to a worker or a program. */
  worker(event: supervisor.WorkerEvent): void {
    const { type, name, kind, generation, pid } = event;
    // Who has stopped as it was asked has just been told to have ended.
    if (type === 'STATE_CHANGED' || type === 'WORKER_STOPPED') return;
    const level = supervisor.isFailure(event) ? 'error' : 'info';
    this.record(level, supervisor.describeEvent(event), {
      worker: name,
      kind,
      generation,
      ...(pid === undefined ? {} : { pid }),
      ...(level === 'error' && 'words' in event && event.words.length > 0
        ? { last_words: event.words }
        : {}),
      ...('stack' in event && event.stack !== undefined ? { stack: event.stack } : {}),
    });
  }

  /** Writes what a database tells of its connections. */
  database(event: postgres.DatabaseEvent): void {
    const { type, ...values } = event;
    const [level, detail] = DATABASE_EVENTS[type];
    const data = 'error' in values ? { ...values, error: errors.describe(values.error) } : values;
    this.record(level, detail, data);
  }

  /** Writes what the lifecycle tells, each kind with the level and the values that suit it. */
  observe(event: lifecycle.LifecycleEvent): void {
    switch (event.type) {
      case 'PHASE_CHANGED':
        this.record('info', `Phase ${event.to}`, causeData(event.cause));
        return;
      case 'SIGNAL_RECEIVED':
      case 'SIGNAL_IGNORED':
        this.record('info', lifecycle.describeEvent(event), { signal: event.signal });
        return;
      case 'RELOAD_STARTED':
      case 'RELOAD_SUCCEEDED':
        this.record('info', lifecycle.describeEvent(event), causeData(event.cause));
        return;
      case 'HOOK_FAILED':
      case 'HOOK_TIMED_OUT':
        this.record('error', lifecycle.describeEvent(event), { hook: event.failure.name });
        return;
      case 'START_FAILED':
      case 'ERROR_ESCAPED':
      case 'RELOAD_FAILED':
      case 'SIGNAL_HANDLER_FAILED':
        this.error(event.error);
        return;
      case 'INSTANCE_LOST':
      case 'STOP_FORCED':
        this.record('error', lifecycle.describeEvent(event));
        return;
      case 'STOPPED':
        this.#stopped(event.report);
    }
  }

  #stopped(report: lifecycle.Report): void {
    const isClean = report.exitCode === 0;
    this.record(
      isClean ? 'info' : 'error',
      isClean ? 'Stopped' : lifecycle.describeReport(report),
      {
        exit_code: report.exitCode,
        ...causeData(report.cause),
      },
    );
  }
}

function causeData(cause: lifecycle.Cause | undefined): Readonly<Record<string, unknown>> {
  return cause === undefined ? {} : { cause: lifecycle.describeCause(cause) };
}
