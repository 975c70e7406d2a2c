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
import { Announcement } from './announcement.js';
import type { Companion } from './companion.js';
import { openDesk } from './control.js';
import { Herald } from './herald.js';
import { Journal } from './journal.js';
import * as keeper from './keeper.js';
import { applyTo } from './live.js';
import { openFiles } from './open-files.js';
import { openWork } from './open-work.js';
import type { ServeOptions } from './options.js';
import { reap } from './orphans.js';
import { Reloading } from './reloading.js';
import type { Estate } from './reloading.js';
import * as reports from './reports.js';
import { settle } from './settling.js';
import { signalActions } from './signals.js';
import * as succession from './succession.js';
import type { Work } from './work.js';

/** What is open once the service has started. */
export interface Opened {
  readonly life: lifecycle.Lifecycle;
  readonly claim: pidfile.Claim;
  readonly log: log.Log;
  readonly work: Work;
  readonly companion: Companion | undefined;
}

export class Service {
  readonly #options: ServeOptions;
  readonly #handshake: daemon.Handshake;
  readonly #legacy: succession.Legacy | undefined;
  readonly #isDetached: boolean;
  readonly #journal = new Journal();
  readonly #reloading: Reloading;
  readonly #herald: Herald;
  readonly #startedAt = new Date();
  #opened: Opened | undefined;
  #successor: daemon.Successor | undefined;
  #announcement: Announcement | undefined;
  /** The exit status of the last generation, where somebody waits for this process. */
  #keeping: Promise<number> | undefined;

  constructor(loaded: config.Config, options: ServeOptions, handshake: daemon.Handshake) {
    const legacy = succession.legacyOf(handshake);
    this.#options = options;
    this.#handshake = handshake;
    this.#legacy = legacy;
    this.#isDetached =
      handshake.isDetached || (legacy !== undefined && legacy.lifeline === undefined);
    this.#herald = new Herald({
      env: options.read.env,
      work: () => this.#opened?.work,
      onProblem: (error) => this.#journal.error(error),
    });
    this.#reloading = new Reloading({
      serve: options,
      initial: loaded,
      generation: succession.takeGeneration(options.read.env),
      estate: () => this.#estate(),
      apply: (next) => applyTo(this.#openedOrThrow(), next),
      staff: () => this.#opened?.work.staff,
      replaced: (successor, generation) => this.#leave(successor, generation),
    });
  }

  /** Opens everything, in order; what has been opened closes itself when a later part fails. */
  async start(life: lifecycle.Lifecycle): Promise<void> {
    life.registerShutdownHook('systemd', () => this.#herald.close());
    try {
      const opened = await this.#open(life);
      this.#opened = opened;
      if (!this.#config.get('stopAfterInit')) return await this.#announce(opened);
      await this.#handshake.ready({ url: '' });
      void life.shutdown({ kind: 'completed' });
    } catch (error) {
      this.#handshake.failed(error);
      throw error;
    }
  }

  get #config(): config.Config {
    return this.#reloading.config;
  }

  async #open(life: lifecycle.Lifecycle): Promise<Opened> {
    const { claim, opened } = await openFiles(life, {
      config: this.#config,
      serve: this.#options,
      isDetached: this.#isDetached,
      lock: this.#legacy?.lock,
    });
    this.#journal.attach(opened);
    this.#journal.starting({ config: this.#config, claim, version: this.#options.version });
    await reap(claim.previous, this.#journal);
    const { work, companion } = await openWork(life, {
      config: () => this.#config,
      serve: this.#options,
      journal: this.#journal,
      log: opened,
      isDetached: this.#isDetached,
      inherited: this.#inherited(),
      generation: this.#reloading.generation,
      renew: (why) => this.#reloading.renew(life, { kind: 'request', by: `a limit: ${why}` }),
      onChange: () => this.#announcement?.update(),
    });
    return { life, claim, log: opened, work, companion };
  }

  #inherited(): number | undefined {
    const [serve, legacy] = [this.#options, this.#legacy];
    return legacy === undefined ? activatedSocket(serve.read.env) : legacy.listener;
  }

  /** The last step of a start: from here on commands, signals and a predecessor see this process. */
  async #announce(opened: Opened): Promise<void> {
    const { life, work } = opened;
    const isSuccessor = this.#legacy !== undefined;
    if (isSuccessor) await settle(life.ctx, work, this.#config.get('workers.startSeconds'));
    const desk = await openDesk(life, {
      path: control.socketPath(this.#config.get('control.socket'), {
        runtimeDir: this.#options.runtimeDir,
      }),
      journal: this.#journal,
      status: () => this.#status(),
      reload: (request, tell) => this.#reloading.request(life, request, tell),
      staff: () => work.staff,
      stop: () => void life.shutdown({ kind: 'request', by: 'rodent stop' }),
    });
    // A successor takes the predecessor's names only when that has let it go: until then it may fail, and
    // the predecessor must be found where it was.
    if (!isSuccessor) this.#publish(desk, opened);
    const { url } = work;
    await context.race(life.ctx, this.#handshake.ready({ url }));
    if (isSuccessor) this.#publish(desk, opened);
    if (this.#legacy?.lifeline !== undefined) keeper.tellServing(this.#legacy.lifeline);
    life.ready();
    this.#herald.serving();
    this.#journal.record('info', 'Serving', { url, app: this.#config.get('app') ?? '' });
    this.#reloading.open(life, (file) => this.#journal.record('info', 'Source changed', { file }));
    opened.companion?.begin(work);
    await work.staff?.startPrograms(life.ctx);
  }

  #publish(desk: control.Control, { claim, work }: Opened): void {
    const [serve, journal] = [this.#options, this.#journal];
    this.#announcement = new Announcement({ serve, desk, claim, work, journal });
  }

  signals(): lifecycle.SignalActions {
    return signalActions({
      reopenLogs: () => this.#reopenLogs(),
      diagnose: () => this.#diagnose(),
      staff: () => this.#opened?.work.staff,
      restart: (signal) =>
        this.#reloading.renew(this.#openedOrThrow().life, { kind: 'signal', signal }),
    });
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
    this.#herald.observe(event);
  }

  /** What is left to do once everything is closed: wait for the successor, or say goodbye. */
  async end(report: lifecycle.Report): Promise<number> {
    this.#opened?.work.staff?.killAll();
    this.#opened?.log.close();
    const isForced = report.forcedBy !== undefined;
    if (this.#keeping !== undefined && !isForced) return this.#keeping;
    const lifeline = this.#legacy?.lifeline;
    const isLast = this.#successor === undefined || isForced;
    if (lifeline !== undefined && isLast) keeper.tellLeaving(lifeline, report.exitCode);
    return report.exitCode;
  }

  #estate(): Estate {
    const { claim, work } = this.#openedOrThrow();
    return {
      claim,
      env: {
        ...this.#options.read.env,
        ...this.#herald.heir(),
        ...succession.generationAfter(this.#reloading.generation),
      },
      listener: work.listener,
      lifeline: this.#isDetached ? 'none' : (this.#legacy?.lifeline ?? 'new'),
      stderr: this.#isDetached ? log.paths(this.#config.get('log.dir')).appError : undefined,
    };
  }

  /** Resolves when the successor is found in this process's place. */
  async #leave(successor: daemon.Successor, generation: number): Promise<void> {
    const { life, claim } = this.#openedOrThrow();
    this.#successor = successor;
    this.#announcement?.end();
    this.#herald.replaced(successor.pid);
    const isFirst = !this.#isDetached && this.#legacy?.lifeline === undefined;
    if (isFirst) this.#keeping = keeper.keep(successor.pipe(keeper.LIFELINE), successor.pid);
    await succession.announced(claim.path, successor);
    // After the answer to whoever asked for the reload.
    setImmediate(() => void life.shutdown({ kind: 'replaced', by: `generation ${generation}` }));
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
    const { log, work } = this.#openedOrThrow();
    log.reopen();
    work.reopenLogs();
    this.#journal.record('info', 'Logs reopened', { statistics: log.stats() });
  }

  #diagnose(): void {
    const service = { ...this.#status(), ...this.#openedOrThrow().work.diagnose() };
    const file = reports.writeDiagnosis({ dir: this.#config.get('log.dir'), service });
    this.#journal.record('info', 'Diagnostic report written', { file });
  }
}
