/** The work done by workers that this process keeps: it owns the socket and accepts nothing itself. */

import type * as child from '../child/index.js';
import * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type * as http from '../http/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as supervisor from '../supervisor/index.js';
import type { Companion } from './companion.js';
import { Forwarding } from './forwarding.js';
import { Hiring } from './hiring.js';
import { Judge } from './judge.js';
import { locate } from './load.js';
import { openListener } from './open-server.js';
import type { Socket } from './open-server.js';
import type { ServeOptions } from './options.js';
import { Others } from './others.js';
import { Programs } from './programs.js';
import { requireNumber, staffing } from './staffing.js';
import { title } from './title.js';
import type { ReplaceOptions, Staff, Tell, Work } from './work.js';

export interface WorkforceOptions {
  readonly config: config.Config;
  readonly serve: ServeOptions;
  /** That of the first workers. */
  readonly generation: number;
  readonly socket: Socket;
  readonly isDetached: boolean;
  /** Awaited between the opening of the socket and the start of the first worker. */
  readonly beforeWorkers: () => Promise<Companion | undefined>;
  /** Whether the stop under way leaves the socket to a successor. */
  readonly isReplaced: () => boolean;
  /** Is told what happens to workers and programs. */
  readonly observe: supervisor.Observer;
  /** Is told of what goes wrong beside the work. */
  readonly onProblem: (error: unknown) => void;
  /** Called when a process of ours has come or gone. */
  readonly onChange: () => void;
}

/**
 * Opens the socket, gives privileges up and starts the workers; resolves when all of them serve.
 *
 * @throws RodentError ADDRESS_…, and the own error of a worker that cannot start.
 */
export async function openWorkforce(
  life: lifecycle.Lifecycle,
  options: WorkforceOptions,
): Promise<Work> {
  const { socket } = options;
  const app = options.config.get('app');
  // Said once, here, and not by every worker.
  if (app !== undefined) locate(app);
  const listener = socket === 'none' ? undefined : await openListener(life, socket);
  const companion = await options.beforeWorkers();
  const workforce = new Workforce({ ...options, listener, companion });
  await workforce.open(life);
  return workforce;
}

/** With what was opened before the workers. */
interface Equipped extends WorkforceOptions {
  readonly listener: http.Listener | undefined;
  readonly companion: Companion | undefined;
}

class Workforce implements Work, Staff {
  readonly listener: http.Listener | undefined;
  readonly #options: Equipped;
  readonly #crew: supervisor.Crew;
  readonly #programs: Programs;
  readonly #others: Others;
  readonly #judge: Judge;
  readonly #forwarding: Forwarding;
  readonly #hiring: Hiring;
  /** How many workers the configuration in effect asked for; an operator may have asked for others. */
  #asked: number;
  /** What workers started from now on are to be; a reload gives its own until it is done. */
  #config: config.Config;

  constructor(options: Equipped) {
    const { listener, companion } = options;
    this.#options = options;
    this.#config = options.config;
    this.#asked = staffing(options.config);
    this.listener = listener;
    this.#hiring = new Hiring({
      ...options,
      database: companion?.address,
      onReturned: (socket) => this.#forwarding.take(socket),
    });
    this.#judge = new Judge(() => this.#config);
    const observe: supervisor.Observer = (event) => {
      options.observe(event);
      if (event.type === 'WORKER_ENDED' && event.pid !== undefined) this.#judge.forget(event.pid);
      if (event.type === 'WORKER_READY') this.#forwarding.flush();
      if (event.type === 'WORKER_STARTED' || event.type === 'WORKER_ENDED') options.onChange();
    };
    this.#crew = supervisor.openCrew({
      size: this.#asked,
      generation: options.generation,
      spares: options.config.get('workers.spare'),
      maker: this.#hiring.maker(() => this.#config, 'start.timeout'),
      judge: (status) => this.#judge.judge(status),
      observe,
    });
    this.#forwarding = new Forwarding(this.#hiring, () => this.#crew.status());
    listener?.onEarly((socket) => this.#forwarding.take(socket));
    this.#programs = new Programs({ ...options, observe, variables: companion?.variables ?? {} });
    this.#others = new Others(this.#programs, companion);
  }

  async open(life: lifecycle.Lifecycle): Promise<void> {
    process.title = title('supervisor', this.#config);
    life.registerDrain('workers', (ctx) => this.#stop(ctx));
    life.registerPending('workers', () => this.pending());
    process.on('exit', () => this.killAll());
    this.#programs.load(life, this.#config);
    await this.#crew.start(life.ctx);
  }

  get staff(): Staff {
    return this;
  }

  get wanted(): number {
    return this.#crew.size;
  }

  get url(): string {
    if (this.listener === undefined) return '';
    const { url } = this.listener;
    const isTls = this.#config.get('http.tls.cert') !== undefined;
    return isTls ? url.replace('http:', 'https:') : url;
  }

  requests(): instance.ServiceStatus['requests'] {
    return this.#hiring.requests(this.#crew.status());
  }

  pending(): readonly string[] {
    return this.workers()
      .filter(({ pid, state }) => pid !== undefined && state === 'STOPPING')
      .map(({ name, vitals }) => {
        const active = vitals?.active ?? 0;
        return active === 0 ? name : `${name} (${active} requests)`;
      });
  }

  workers(): readonly child.WorkerStatus[] {
    return [...this.#crew.status(), ...this.#others.status()];
  }

  dismiss(worker: child.WorkerStatus, why: string): void {
    if (worker.kind !== 'http') this.#others.dismiss(worker);
    else if (worker.pid !== undefined) this.#judge.dismiss(worker.pid, why);
  }

  apply(next: config.Config): void {
    this.#config = next;
    this.#hiring.tell({ type: 'configure', config: config.snapshot(next) });
  }

  reopenLogs(): void {
    this.#hiring.tell({ type: 'reopen' });
    this.#programs.reopenLogs();
  }

  diagnose(): Readonly<Record<string, unknown>> {
    this.#hiring.tell({ type: 'diagnose' });
    return {};
  }

  async resize(next: config.Config): Promise<void> {
    const wanted = staffing(next);
    if (wanted === this.#asked) return;
    await this.scale(wanted);
    this.#asked = wanted;
  }

  async replace(next: config.Config, options: ReplaceOptions): Promise<void> {
    const definitions = this.#programs.read(next);
    let settings = (): config.Config => next;
    const maker = this.#hiring.maker(() => settings(), 'reload.timeout');
    await this.#crew.reload(maker, {
      ctx: options.ctx,
      generation: options.generation,
      onProgress: options.tell,
    });
    this.#config = next;
    settings = () => this.#config;
    // The code and the configuration are the new ones: what fails from here on is told, and tried again
    // by the next reload, but takes nothing back.
    await this.#tryAlso(options, () => this.resize(next));
    await this.#tryAlso(options, () => this.#programs.update(definitions, options.tell));
    await this.#tryAlso(options, async () => this.#options.companion?.renew());
  }

  async scale(wanted: number): Promise<void> {
    requireNumber(wanted);
    await this.#crew.scale(wanted);
  }

  programs(request: instance.ProgramsRequest, tell: Tell): Promise<instance.ProgramsAnswer> {
    return this.#programs.request(this.#config, request, tell);
  }

  startPrograms(ctx: context.Context): Promise<void> {
    return this.#others.start(ctx);
  }

  async stopPrograms(tell: Tell): Promise<void> {
    if (this.#programs.status().length > 0) tell('the programs stop');
    await this.#others.stop(context.background());
  }

  killAll(): void {
    this.#crew.killAll();
    this.#others.killAll();
  }

  async #tryAlso({ tell }: ReplaceOptions, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      tell(errors.describe(error).replace(/\.$/, ''));
      this.#options.onProblem(error);
    }
  }

  async #stop(ctx: context.Context): Promise<void> {
    // The workers hold the socket as long as they accept what has come.
    this.listener?.close();
    const [{ killed }, others] = await Promise.all([
      this.#crew.stop(ctx, this.#options.isReplaced() ? REPLACED : undefined),
      this.#others.stop(ctx),
    ]);
    const names = [...killed, ...others];
    if (names.length === 0) return;
    throw new errors.RodentError(
      `The time to stop was over: ${names.join(', ')} did not end and had to be killed.`,
      { code: 'SHUTDOWN_FAILED', contextData: { killed: names } },
    );
  }
}

const REPLACED: child.StopReason = { kind: 'replaced', why: 'a new supervisor' };
