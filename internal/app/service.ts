/** One generation of the service: what is opened in which order, and how it ends. */

import type * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as control from '../control/index.js';
import type * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as log from '../log/index.js';
import type * as pidfile from '../pidfile/index.js';
import { activatedSocket } from './activation.js';
import { createRoutes } from './control.js';
import { Journal } from './journal.js';
import * as keeper from './keeper.js';
import { openLog } from './open-log.js';
import { openServer } from './open-server.js';
import type { Web } from './open-server.js';
import type { ServeOptions } from './options.js';
import * as privileges from './privileges.js';
import { Reloading, generationOf } from './reloading.js';
import type { Estate } from './reloading.js';
import * as reports from './reports.js';
import * as succession from './succession.js';

/** How long a successor must have served before it takes over; supervisord's `startsecs`. */
const SETTLE_MS = 1_000;

/** What is open once the service has started. */
export interface Opened {
  readonly life: lifecycle.Lifecycle;
  readonly claim: pidfile.Claim;
  readonly log: log.Log;
  /** Undefined where nothing listens. */
  readonly web: Web | undefined;
}

export class Service {
  readonly #options: ServeOptions;
  readonly #handshake: daemon.Handshake;
  readonly #legacy: succession.Legacy | undefined;
  readonly #isDetached: boolean;
  readonly #journal = new Journal();
  readonly #reloading: Reloading;
  readonly #startedAt = new Date();
  #opened: Opened | undefined;
  #successor: daemon.Successor | undefined;

  constructor(loaded: config.Config, options: ServeOptions, handshake: daemon.Handshake) {
    const legacy = succession.legacyOf(handshake);
    this.#options = options;
    this.#handshake = handshake;
    this.#legacy = legacy;
    this.#isDetached =
      handshake.isDetached || (legacy !== undefined && legacy.lifeline === undefined);
    this.#reloading = new Reloading({
      serve: options,
      initial: loaded,
      estate: () => this.#estate(),
      apply: (next) => this.#apply(next),
      replaced: (successor, generation) => this.#leave(successor, generation),
    });
  }

  /** Opens everything, in order; what has been opened closes itself when a later part fails. */
  async start(life: lifecycle.Lifecycle): Promise<void> {
    try {
      const opened = await this.#open(life);
      this.#opened = opened;
      if (this.#config.get('stopAfterInit')) await this.#stopAfterInit(life);
      else await this.#announce(opened);
    } catch (error) {
      this.#handshake.failed(error);
      throw error;
    }
  }

  get #config(): config.Config {
    return this.#reloading.config;
  }

  async #open(life: lifecycle.Lifecycle): Promise<Opened> {
    const { claim, opened } = await privileges.asUser(this.#config, () => this.#openFiles(life));
    this.#journal.attach(opened);
    this.#journal.starting({ config: this.#config, claim, version: this.#options.version });
    const web = await openServer(life, {
      config: () => this.#config,
      inherited:
        this.#legacy === undefined
          ? activatedSocket(this.#options.read.env)
          : this.#legacy.listener,
      version: this.#options.version,
      beforeApp: () => privileges.drop(this.#config),
      isReplaced: () => life.cause?.kind === 'replaced',
      logger: () => opened.server,
      onRequest: (record) => {
        if (this.#config.get('log.access')) opened.access(record);
      },
      onError: (error, info) => this.#journal.fault(error, info),
    });
    return { life, claim, log: opened, web };
  }

  async #openFiles(
    life: lifecycle.Lifecycle,
  ): Promise<{ readonly claim: pidfile.Claim; readonly opened: log.Log }> {
    const claim = await lifecycle.ensureSingleInstance(life, this.#config.get('pid.file'), {
      publish: 'later',
      ...(this.#legacy === undefined ? {} : { inherited: this.#legacy.lock }),
    });
    const opened = openLog(life, {
      config: this.#config,
      isDetached: this.#isDetached,
      isTerminal: this.#options.isTerminal,
      noColor: this.#options.read.env['NO_COLOR'],
    });
    return { claim, opened };
  }

  /** The last step of a start: from here on commands, signals and a predecessor see this process. */
  async #announce({ life, claim, web }: Opened): Promise<void> {
    const { program, runtimeDir, version } = this.#options;
    if (this.#legacy !== undefined) await context.sleep(life.ctx, SETTLE_MS);
    const socket = control.socketPath(this.#config.get('control.socket'), { runtimeDir });
    await control.open(life, {
      path: socket,
      routes: createRoutes({
        status: () => this.#status(),
        reload: (request) => this.#reloading.request(life, request),
        stop: () => void life.shutdown({ kind: 'request', by: 'rodent stop' }),
      }),
      onError: (error, route) => this.#journal.error(error, { route }),
    });
    claim.publish({ version, socket, argv: [program.script, ...program.arguments] });
    const url = web?.server.url ?? '';
    const told = await this.#handshake.ready({ url });
    if (this.#legacy?.lifeline !== undefined) keeper.tellServing(this.#legacy.lifeline);
    this.#reloading.generation = generationOf(told) ?? 1;
    life.ready();
    this.#journal.record('info', 'Serving', { url, app: this.#config.get('app') ?? '' });
    this.#reloading.open(life, (file) => this.#journal.record('info', 'Source changed', { file }));
  }

  async #stopAfterInit(life: lifecycle.Lifecycle): Promise<void> {
    await this.#handshake.ready({ url: '' });
    void life.shutdown({ kind: 'completed' });
  }

  /** Signals beside those that the lifecycle handles itself. */
  signals(): lifecycle.SignalActions {
    return {
      SIGUSR1: () => this.#reopenLogs(),
      SIGUSR2: () => {
        const { life } = this.#openedOrThrow();
        return this.#reloading.request(life, { mode: 'restart', askedAtMs: Date.now() });
      },
      SIGQUIT: () => this.#diagnose(),
      // Without workers there is nothing to add or remove; left alone they would suspend the process.
      SIGTTIN: 'ignore',
      SIGTTOU: 'ignore',
      SIGXCPU: 'force',
    };
  }

  observe(event: lifecycle.LifecycleEvent): void {
    const { terminal } = this.#options;
    if (event.type === 'START_FAILED' && this.#handshake.role === 'alone') {
      terminal.error(errors.describe(event.error));
    }
    if (event.type === 'STOP_FORCED' && !this.#isDetached) {
      terminal.note(lifecycle.describeReport(event.report));
    }
    this.#journal.observe(event);
  }

  /** What is left to do once everything is closed: wait for the successor, or say goodbye. */
  async end(report: lifecycle.Report): Promise<number> {
    this.#opened?.log.close();
    const lifeline = this.#legacy?.lifeline;
    const successor = report.forcedBy === undefined ? this.#successor : undefined;
    if (successor === undefined) {
      if (lifeline !== undefined) keeper.tellLeaving(lifeline, report.exitCode);
      return report.exitCode;
    }
    const isKeeper = !this.#isDetached && lifeline === undefined;
    if (!isKeeper) return report.exitCode;
    return keeper.keep(successor.pipe(keeper.LIFELINE), successor.pid);
  }

  #estate(): Estate {
    const { claim, web } = this.#openedOrThrow();
    return {
      claim,
      listener: web?.listener,
      lifeline: this.#isDetached ? 'none' : (this.#legacy?.lifeline ?? 'new'),
      stderr: this.#isDetached ? log.paths(this.#config.get('log.dir')).appError : undefined,
    };
  }

  #apply(next: config.Config): void {
    const { log, web } = this.#openedOrThrow();
    log.setLevel(next.get('log.level'));
    log.setRotation({ sizeBytes: next.get('log.rotate.size'), keep: next.get('log.rotate.keep') });
    web?.server.setLimits({
      bodyBytes: next.get('http.bodyLimit'),
      deadlineMs: next.get('limits.requestDeadline'),
      concurrency: next.get('limits.concurrency'),
    });
  }

  #leave(successor: daemon.Successor, generation: number): void {
    const { life } = this.#openedOrThrow();
    this.#successor = successor;
    // After the answer to whoever asked for the reload.
    setImmediate(() => void life.shutdown({ kind: 'replaced', generation }));
  }

  #status(): ReturnType<typeof reports.status> {
    return reports.status({
      ...this.#openedOrThrow(),
      reloading: this.#reloading,
      startedAt: this.#startedAt,
      version: this.#options.version,
      isDetached: this.#isDetached,
    });
  }

  #openedOrThrow(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new errors.RodentError('The service is still starting.', { code: 'NOT_READY' });
  }

  #reopenLogs(): void {
    const { log } = this.#openedOrThrow();
    log.reopen();
    this.#journal.record('info', 'Logs reopened', { statistics: log.stats() });
  }

  #diagnose(): void {
    const { web } = this.#openedOrThrow();
    const service = { ...this.#status(), inFlight: web?.server.inFlight() ?? [] };
    const file = reports.writeDiagnosis({ dir: this.#config.get('log.dir'), service });
    this.#journal.record('info', 'Diagnostic report written', { file });
  }
}
