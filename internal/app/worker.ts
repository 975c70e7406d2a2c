/** One worker of ours: a process that serves the application on the supervisor's socket. */

import * as child from '../child/index.js';
import * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type * as http from '../http/index.js';
import * as lifecycle from '../lifecycle/index.js';
import type * as log from '../log/index.js';
import type { Boot, Instruction, ScriptBoot } from './boot.js';
import { Journal } from './journal.js';
import { applyToLog, applyToServer } from './live.js';
import { openDatabases } from './open-databases.js';
import { openLog } from './open-log.js';
import { openServer } from './open-server.js';
import type { Socket, Web } from './open-server.js';
import { Pulse } from './pulse.js';
import * as reports from './reports.js';
import { runScript } from './run-script.js';
import { title } from './title.js';
import { EXIT } from './worker-exit.js';

/** Its part of the supervisor's time for a whole stop: the rest is for killing what hangs. */
const GRACE_SHARE = 0.75;

/** Runs the worker that the parent of this process wants; ends the process. */
export async function work(): Promise<void> {
  const parent = child.parent();
  if (parent === undefined) {
    throw new errors.RodentError('A worker is started by "rodent serve", not by hand.', {
      code: 'USAGE',
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own supervisor wrote it
  const boot = (await parent.boot) as Boot | ScriptBoot;
  if ('kind' in boot) await runScript(parent, boot);
  else await new Worker(parent, boot).run();
}

class Worker {
  readonly #parent: child.Parent;
  readonly #boot: Boot;
  readonly #journal = new Journal();
  #config: config.Config;
  #isReplaced = false;
  #hasStarted = false;
  #log: log.Log | undefined;
  #web: Web | undefined;

  constructor(parent: child.Parent, boot: Boot) {
    this.#parent = parent;
    this.#boot = boot;
    this.#config = config.restore(boot.config);
  }

  async run(): Promise<void> {
    process.title = title(`worker ${this.#boot.name}`, this.#config);
    await lifecycle.run((life) => this.#start(life), {
      name: this.#boot.name,
      graceMs: this.#config.get('drain.grace') * GRACE_SHARE,
      hookMs: this.#config.get('stop.hookTimeout'),
      drainDelayMs: this.#config.get('drain.delay'),
      observe: (event) => this.#observe(event),
      signals: {
        // Whoever means the service signals the supervisor; here they would be mistakes.
        SIGHUP: 'ignore',
        SIGUSR2: 'ignore',
        SIGTTIN: 'ignore',
        SIGTTOU: 'ignore',
        SIGUSR1: () => this.#reopenLogs(),
        SIGQUIT: () => this.#diagnose(),
        SIGXCPU: 'force',
      },
      beforeExit: (report) => this.#end(report),
    });
  }

  async #start(life: lifecycle.Lifecycle): Promise<void> {
    void this.#parent.stop.then((reason) => this.#stop(life, reason));
    void this.#parent.lost.then(() =>
      life.shutdown({ kind: 'parent-lost', pid: this.#parent.pid }),
    );
    this.#parent.onTell((value) => this.#obey(value));
    try {
      await this.#open(life);
    } catch (error) {
      this.#parent.failed(error);
      throw error;
    }
  }

  async #open(life: lifecycle.Lifecycle): Promise<void> {
    const { isDetached, isTerminal, noColor, version } = this.#boot;
    const opened = openLog(life, { config: this.#config, isDetached, isTerminal, noColor });
    this.#log = opened;
    this.#journal.attach(opened);
    const pulse = new Pulse(life, {
      parent: this.#parent,
      config: () => this.#config,
      onProblem: (error) => this.#journal.error(error),
    });
    let databases: http.Databases | undefined;
    this.#web = await openServer(life, {
      config: () => this.#config,
      socket: this.#socket(),
      version,
      beforeApp: async () => {
        const { database } = this.#boot;
        if (database === undefined) return;
        const [settings, journal] = [this.#config, this.#journal];
        databases = await openDatabases(life, { settings, journal, address: database });
      },
      databases: () => databases,
      beforeServing: () => this.#standBy(life, pulse),
      isReplaced: () => this.#isReplaced,
      logger: () => opened.server,
      onRequest: (record) => {
        if (this.#config.get('log.access')) opened.access(record);
      },
      onError: (error, info) => this.#journal.fault(error, info),
    });
    const { server } = this.#web ?? {};
    this.#parent.onConnection((socket) => server?.adopt(socket, 'accepted'));
    pulse.watch(this.#web);
    this.#hasStarted = true;
    life.ready();
    if (!this.#boot.isSpare) this.#parent.ready();
  }

  #socket(): Socket {
    const { socket } = this.#boot;
    if (socket === 'none') return 'none';
    return socket === 'inherited' ? { fd: this.#parent.inherited(0) } : { acceptedAt: socket };
  }

  /** A spare is ready before it serves: its application is loaded, and that is what takes time. */
  async #standBy(life: lifecycle.Lifecycle, pulse: Pulse): Promise<void> {
    if (!this.#boot.isSpare) return;
    pulse.watch(undefined);
    this.#parent.ready();
    const name = await context.race(life.ctx, this.#parent.activated);
    if (typeof name === 'string') process.title = title(`worker ${name}`, this.#config);
  }

  #stop(life: lifecycle.Lifecycle, reason: child.StopReason): void {
    this.#isReplaced = reason.kind === 'replaced';
    void life.shutdown(
      reason.kind === 'replaced'
        ? { kind: 'replaced', by: reason.why }
        : { kind: 'request', by: 'the supervisor' },
    );
  }

  #obey(value: unknown): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own supervisor wrote it
    const instruction = value as Instruction;
    if (instruction.type === 'reopen') this.#reopenLogs();
    if (instruction.type === 'diagnose') this.#diagnose();
    if (instruction.type !== 'configure') return;
    this.#config = config.restore(instruction.config);
    if (this.#log !== undefined) applyToLog(this.#log, this.#config);
    if (this.#web !== undefined) applyToServer(this.#web.server, this.#config);
  }

  #reopenLogs(): void {
    this.#log?.reopen();
    this.#journal.record('info', 'Logs reopened', { statistics: this.#log?.stats() });
  }

  #observe(event: lifecycle.LifecycleEvent): void {
    // Its supervisor tells when it comes and goes; here stands what went wrong.
    if (lifecycle.isFailure(event)) this.#journal.observe(event);
    // One that fails to start has said so already.
    if (event.type !== 'PHASE_CHANGED' || event.to !== 'draining' || !this.#hasStarted) return;
    const { cause } = event;
    this.#parent.leaving(cause === undefined ? 'all work is done' : lifecycle.describeCause(cause));
  }

  #diagnose(): void {
    const file = reports.writeDiagnosis({
      dir: this.#config.get('log.dir'),
      service: { worker: this.#boot.name, inFlight: this.#web?.server.inFlight() ?? [] },
    });
    this.#journal.record('info', 'Diagnostic report written', { file });
  }

  #end(report: lifecycle.Report): number {
    this.#log?.close();
    const { exitCode, cause } = report;
    if (exitCode === 0 || this.#hasStarted || cause.kind !== 'error') return exitCode;
    return errors.hasCode(cause.error, 'APP_INVALID') ? EXIT.cannotLoad : EXIT.cannotBoot;
  }
}
