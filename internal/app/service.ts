/** One generation of the service: what is opened in which order, and how it reloads and ends. */

import path from 'node:path';

import * as clock from '../clock/index.js';
import * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as control from '../control/index.js';
import type * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import type * as http from '../http/index.js';
import type * as instance from '../instance/index.js';
import * as lifecycle from '../lifecycle/index.js';
import type * as log from '../log/index.js';
import type * as pidfile from '../pidfile/index.js';
import { createRoutes } from './control.js';
import * as diagnosis from './diagnosis.js';
import { Journal } from './journal.js';
import * as keeper from './keeper.js';
import { openLog } from './open-log.js';
import { openServer } from './open-server.js';
import type { ServeOptions } from './options.js';
import { plan } from './plan.js';
import * as privileges from './privileges.js';
import * as sources from './sources.js';
import * as succession from './succession.js';

/** How long a successor must have served before it takes over; supervisord's `startsecs`. */
const SETTLE_MS = 1_000;

/** What is open once the service has started. */
interface Opened {
  readonly life: lifecycle.Lifecycle;
  readonly claim: pidfile.Claim;
  readonly log: log.Log;
  /** Undefined where nothing listens. */
  readonly web: { readonly listener: http.Listener; readonly server: http.Server } | undefined;
}

export class Service {
  readonly #options: ServeOptions;
  readonly #handshake: daemon.Handshake;
  readonly #legacy: succession.Legacy | undefined;
  readonly #isDetached: boolean;
  readonly #journal = new Journal();
  readonly #startedAt = new Date();
  readonly #startedMs = clock.monotonicMs();
  #config: config.Config;
  #generation = 1;
  #opened: Opened | undefined;
  #successor: daemon.Successor | undefined;
  #wantsRestart = false;
  #lastReload: { readonly at: string; readonly outcome: instance.Reloaded | string } | undefined;

  constructor(loaded: config.Config, options: ServeOptions, handshake: daemon.Handshake) {
    this.#config = loaded;
    this.#options = options;
    this.#handshake = handshake;
    this.#legacy = succession.legacyOf(handshake);
    this.#isDetached =
      handshake.isDetached || (this.#legacy !== undefined && this.#legacy.lifeline === undefined);
  }

  /** Opens everything, in order; what has been opened closes itself when a later part fails. */
  async start(life: lifecycle.Lifecycle): Promise<void> {
    try {
      await this.#open(life);
    } catch (error) {
      this.#handshake.failed(error);
      throw error;
    }
  }

  async #open(life: lifecycle.Lifecycle): Promise<void> {
    const legacy = this.#legacy;
    const claim = await lifecycle.ensureSingleInstance(life, this.#config.get('pid.file'), {
      publish: 'later',
      ...(legacy === undefined ? {} : { inherited: legacy.lock }),
    });
    const opened = openLog(life, {
      config: this.#config,
      isDetached: this.#isDetached,
      isTerminal: this.#options.isTerminal,
      noColor: this.#options.read.env['NO_COLOR'],
    });
    this.#journal.attach(opened);
    this.#reportStart(claim);
    const web = await openServer(life, {
      config: () => this.#config,
      inherited: legacy?.listener,
      version: this.#options.version,
      beforeApp: () => privileges.drop(this.#config),
      isReplaced: () => life.cause?.kind === 'replaced',
      onRequest: (record) => {
        if (this.#config.get('log.access')) opened.access(record);
      },
      onError: (error, info) => this.#journal.error(error, { ...info }),
    });
    this.#opened = { life, claim, log: opened, web };
    if (this.#config.get('stopAfterInit')) {
      await this.#handshake.ready({ url: '' });
      void life.shutdown({ kind: 'completed' });
      return;
    }
    await this.#announce(this.#opened);
    this.#live(this.#opened);
  }

  /** The last step of a start: from here on commands, signals and a predecessor see this process. */
  async #announce({ life, claim, web }: Opened): Promise<void> {
    if (this.#legacy !== undefined) await context.sleep(life.ctx, SETTLE_MS);
    const socket = control.socketPath(this.#config.get('control.socket'), {
      runtimeDir: this.#options.runtimeDir,
    });
    await control.open(life, {
      path: socket,
      routes: createRoutes({
        status: () => this.#status(),
        reload: (mode) => this.#reload(mode),
        stop: () => void life.shutdown({ kind: 'request', by: 'rodent stop' }),
      }),
      onError: (error, route) => this.#journal.error(error, { route }),
    });
    claim.publish({
      version: this.#options.version,
      socket,
      argv: [this.#options.program.script, ...this.#options.program.arguments],
    });
    const url = web?.server.url ?? '';
    const told = await this.#handshake.ready({ url, pid: process.pid });
    if (this.#legacy?.lifeline !== undefined) keeper.tellServing(this.#legacy.lifeline);
    this.#generation = generationOf(told) ?? 1;
    life.ready();
    this.#journal.record('info', 'Serving', { url, app: this.#config.get('app') ?? '' });
  }

  #live({ life }: Opened): void {
    life.onReload('configuration', (ctx) => this.#takeOver(ctx));
    if (!this.#config.get('watch')) return;
    const stop = sources.watch(this.#watched(), (file) => {
      this.#journal.record('info', 'Source changed', { file });
      void life.reload({ kind: 'request', by: 'a changed source' });
    });
    life.registerShutdownHook('watch', stop);
  }

  /** Signals beside those that the lifecycle handles itself. */
  signals(): lifecycle.SignalActions {
    return {
      SIGUSR1: () => this.#reopenLogs(),
      SIGUSR2: () => this.#reload('restart').then(() => undefined),
      SIGQUIT: () => this.#diagnose(),
      // Without workers there is nothing to add or remove; left alone they would suspend the process.
      SIGTTIN: 'ignore',
      SIGTTOU: 'ignore',
      SIGXCPU: 'force',
    };
  }

  observe(event: lifecycle.LifecycleEvent): void {
    if (event.type === 'START_FAILED' && this.#handshake.role === 'alone') {
      this.#options.terminal.error(errors.describe(event.error));
    }
    if (event.type === 'STOP_FORCED' && !this.#isDetached) {
      this.#options.terminal.note(lifecycle.describeReport(event.report));
    }
    this.#journal.observe(event);
  }

  /** What is left to do once everything is closed: wait for the successor, or say goodbye. */
  async end(report: lifecycle.Report): Promise<number> {
    this.#journal.log?.close();
    const lifeline = this.#legacy?.lifeline;
    const isReplaced = report.cause.kind === 'replaced' && report.forcedBy === undefined;
    if (
      isReplaced &&
      this.#successor !== undefined &&
      !this.#isDetached &&
      lifeline === undefined
    ) {
      return keeper.keep(this.#successor.pipe(keeper.LIFELINE), this.#successor.pid);
    }
    if (lifeline !== undefined && !isReplaced) keeper.tellLeaving(lifeline, report.exitCode);
    return report.exitCode;
  }

  async #reload(mode: instance.ReloadOptions['mode']): Promise<instance.Reloaded> {
    const life = this.#opened?.life;
    if (life === undefined) throw new errors.RodentError('The service is still starting.');
    if (mode === 'restart') this.#wantsRestart = true;
    await life.reload({ kind: 'request', by: `rodent ${mode}` });
    const outcome = this.#lastReload?.outcome;
    if (typeof outcome === 'object') return outcome;
    throw new errors.RodentError('The reload ended without an outcome.', { code: 'RELOAD_FAILED' });
  }

  /** The reload handler: prepares, and returns what puts the new state into use. */
  async #takeOver(ctx: context.Context): Promise<lifecycle.Commit> {
    const isRestart = this.#wantsRestart;
    this.#wantsRestart = false;
    try {
      const next = config.load(this.#options.read);
      const todo = plan({
        current: this.#config,
        next,
        isRestart,
        folders: this.#watched(),
        startedAtMs: this.#startedAt.getTime(),
      });
      return todo.how === 'live'
        ? () => this.#apply(todo.next, todo.changed)
        : await this.#handOver(ctx, todo.changed);
    } catch (error) {
      this.#lastReload = { at: clock.utc(), outcome: `failed: ${errors.describe(error)}` };
      throw error;
    }
  }

  #apply(next: config.Config, changed: readonly config.Key[]): void {
    this.#config = next;
    const opened = this.#opened;
    opened?.log.setLevel(next.get('log.level'));
    opened?.web?.server.setLimits({
      bodyBytes: next.get('http.bodyLimit'),
      deadlineMs: next.get('limits.requestDeadline'),
    });
    this.#journal.record('info', 'Configuration taken over in place', { changed });
    this.#lastReload = { at: clock.utc(), outcome: { how: 'live', pid: process.pid, changed } };
  }

  async #handOver(ctx: context.Context, changed: readonly config.Key[]): Promise<lifecycle.Commit> {
    const opened = this.#opened;
    if (opened === undefined) throw new errors.RodentError('The service is still starting.');
    const { claim, web, life } = opened;
    const successor = await succession.handOver({
      program: this.#options.program,
      listener: web?.listener,
      claim,
      lifeline: this.#isDetached ? 'none' : (this.#legacy?.lifeline ?? 'new'),
      stderr: undefined,
      timeoutMs: this.#config.get('reload.timeout'),
      signal: ctx.signal,
    });
    return () => {
      const generation = this.#generation + 1;
      this.#successor = successor;
      this.#lastReload = {
        at: clock.utc(),
        outcome: { how: 'successor', pid: successor.pid, changed },
      };
      successor.go({ generation });
      setImmediate(() => void life.shutdown({ kind: 'replaced', generation }));
    };
  }

  #status(): instance.ServiceStatus {
    const { claim, life, web, log } = this.#openedOrThrow();
    const stats = web?.server.stats();
    const lastReload = this.#lastReload;
    const inFlight = web?.server.inFlight() ?? [];
    return {
      pid: process.pid,
      phase: life.phase,
      generation: this.#generation,
      url: web?.server.url ?? '',
      app: this.#config.get('app') ?? '',
      home: this.#config.home,
      startedAt: clock.utc(this.#startedAt),
      uptimeMs: Math.round(clock.monotonicMs() - this.#startedMs),
      version: this.#options.version,
      node: process.versions.node,
      isDetached: this.#isDetached,
      lock: claim.rung,
      memoryBytes: process.memoryUsage.rss(),
      requests: {
        total: stats?.requests ?? 0,
        active: stats?.active ?? 0,
        connections: stats?.connections ?? 0,
      },
      pending: inFlight.map(({ method, path, ageMs }) => `${method} ${path} (${seconds(ageMs)})`),
      probes: {
        live: this.#config.get('health.livePath') ?? '',
        ready: this.#config.get('health.readyPath') ?? '',
      },
      logDir: path.dirname(log.stats().streams.server.destination),
      configFiles: this.#config.files,
      ...(lastReload === undefined
        ? {}
        : { lastReload: { at: lastReload.at, result: resultOf(lastReload.outcome) } }),
    };
  }

  #openedOrThrow(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new errors.RodentError('The service is still starting.', { code: 'NOT_READY' });
  }

  #reopenLogs(): void {
    const opened = this.#opened?.log;
    opened?.reopen();
    this.#journal.record('info', 'Logs reopened', { statistics: opened?.stats() });
  }

  #diagnose(): void {
    const opened = this.#openedOrThrow();
    const file = diagnosis.write({
      dir: this.#config.get('log.dir') ?? this.#config.home,
      service: { ...this.#status(), inFlight: opened.web?.server.inFlight() ?? [] },
    });
    this.#journal.record('info', 'Diagnostic report written', { file });
  }

  #reportStart(claim: pidfile.Claim): void {
    this.#journal.record('info', 'Starting', {
      version: this.#options.version,
      node: process.versions.node,
      home: this.#config.home,
      config_files: this.#config.files,
      database: config.describeDatabase(this.#config),
      lock: claim.rung,
      ...(claim.previous === undefined ? {} : { replaces_dead_process: claim.previous.pid }),
    });
  }

  /** The folders whose files make the service. */
  #watched(): readonly string[] {
    const paths = this.#config.get('watch.paths');
    const app = this.#config.get('app');
    if (paths.length > 0) return paths;
    return app === undefined ? [] : [path.dirname(app)];
  }
}

function generationOf(told: unknown): number | undefined {
  const isTold = typeof told === 'object' && told !== null && 'generation' in told;
  return isTold && typeof told.generation === 'number' ? told.generation : undefined;
}

function resultOf(outcome: instance.Reloaded | string): string {
  if (typeof outcome === 'string') return outcome;
  return outcome.how === 'live' ? 'in place' : `by process ${outcome.pid}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
