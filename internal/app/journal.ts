/** The service's own words: what the lifecycle and the server tell, written to the log. */

import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as log from '../log/index.js';

/** Keeps what comes before there is a log, and writes it then. */
export class Journal {
  readonly #early: log.Early = log.buffer();
  #log: log.Log | undefined;

  /** From now on everything goes to `opened`; what was kept goes first. */
  attach(opened: log.Log): void {
    this.#log = opened;
    opened.replay(this.#early.entries);
  }

  /** The log, once it is open. */
  get log(): log.Log | undefined {
    return this.#log;
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

  /** Writes what the lifecycle tells, each kind with the level and the values that suit it. */
  observe(event: lifecycle.LifecycleEvent): void {
    switch (event.type) {
      case 'PHASE_CHANGED':
        this.record('info', `Phase ${event.to}`, causeData(event.cause));
        return;
      case 'SIGNAL_RECEIVED':
        this.record('info', 'Signal received', { signal: event.signal });
        return;
      case 'SIGNAL_IGNORED':
        this.record('info', 'Signal ignored', { signal: event.signal, why: event.why });
        return;
      case 'RELOAD_STARTED':
        this.record('info', 'Reloading', causeData(event.cause));
        return;
      case 'RELOAD_SUCCEEDED':
        this.record('info', 'Reloaded', causeData(event.cause));
        return;
      case 'HOOK_FAILED':
      case 'HOOK_TIMED_OUT':
        this.record('error', lifecycle.describeEvent(event), {
          hook: event.failure.name,
          place: event.failure.place,
          age_ms: Math.round(event.failure.ageMs),
        });
        return;
      case 'START_FAILED':
      case 'ERROR_ESCAPED':
      case 'RELOAD_FAILED':
      case 'SIGNAL_HANDLER_FAILED':
        this.error(event.error);
        return;
      case 'INSTANCE_LOST':
        this.record('error', lifecycle.describeEvent(event), { path: event.path });
        return;
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
