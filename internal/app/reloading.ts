/** The configuration in effect, and how it and the code are exchanged while the service runs. */

import path from 'node:path';

import * as clock from '../clock/index.js';
import * as config from '../config/index.js';
import * as context from '../context/index.js';
import type * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type { ServeOptions } from './options.js';
import { isMoved, plan } from './plan.js';
import type { Plan } from './plan.js';
import { Broadcast } from './progress.js';
import * as sources from './sources.js';
import type { HandOverOptions } from './succession.js';
import { handOver } from './succession.js';
import type { Staff, Tell } from './work.js';

/** By then every folder is watched. */
const WATCH_SETTLE_MS = 1_000;

/** What was opened that a successor inherits. */
export type Estate = Omit<HandOverOptions, 'program' | 'signal' | 'timeoutMs'>;

export interface ReloadingOptions {
  readonly serve: ServeOptions;
  readonly initial: config.Config;
  /** That of this process. */
  readonly generation: number;
  /** What a successor is given; asked when one is started. */
  readonly estate: () => Estate;
  /** Puts the changed live keys into use; must not fail. */
  readonly apply: (next: config.Config) => void;
  /** Who replaces the workers; undefined without a supervisor. */
  readonly staff: () => Staff | undefined;
  /**
   * Called once a successor serves, before it is let go: this process must leave. Resolves when whoever
   * looks for the service finds the successor.
   */
  readonly replaced: (successor: daemon.Successor, generation: number) => Promise<void>;
}

/** How the last reload ended. */
export interface LastReload {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What came of it, or why it failed. */
  readonly outcome: instance.Reloaded | string;
}

export class Reloading {
  /** One more with each reload that brought new code, by workers or by a process. */
  generation: number;
  readonly #options: ReloadingOptions;
  readonly #steps = new Broadcast();
  #loadedAtMs = Date.now();
  #config: config.Config;
  #isRestartWanted = false;
  #last: LastReload | undefined;
  #handedOver: Promise<void> | undefined;

  constructor(options: ReloadingOptions) {
    this.#options = options;
    this.#config = options.initial;
    this.generation = options.generation;
  }

  get config(): config.Config {
    return this.#config;
  }

  get last(): LastReload | undefined {
    return this.#last;
  }

  /** The folders whose files make the service. */
  get folders(): readonly string[] {
    const paths = this.#config.get('watch.paths');
    const app = this.#config.get('app');
    if (paths.length > 0) return paths;
    return app === undefined ? [] : [path.dirname(app)];
  }

  /** Registers the reload handler and, with `watch`, reloads when a source file changes. */
  open(life: lifecycle.Lifecycle, onChange: (file: string) => void): void {
    life.onReload('configuration', (ctx) => this.#takeOver(ctx));
    if (!this.#config.get('watch')) return;
    const reload = (file: string): void => {
      onChange(file);
      void life.reload({ kind: 'request', by: 'a changed source' });
    };
    const stop = sources.watch(this.folders, reload);
    // What changed between the loading of the code and the watching of it: folders are watched a little
    // after `fs.watch` has returned.
    const [folder = ''] = this.folders;
    const late = setTimeout(() => {
      if (sources.changedSince(this.folders, this.#loadedAtMs)) reload(folder);
    }, WATCH_SETTLE_MS).unref();
    life.registerShutdownHook('watch', () => {
      clearTimeout(late);
      stop();
    });
  }

  /**
   * Reloads on behalf of a command and returns what came of it.
   *
   * @throws RodentError RELOAD_FAILED; NOT_READY when a successor has taken over meanwhile: ask that.
   */
  async request(
    life: lifecycle.Lifecycle,
    { mode, askedAtMs }: instance.ReloadRequest,
    tell: Tell = () => undefined,
  ): Promise<instance.Reloaded> {
    if (askedAtMs < performance.timeOrigin) {
      return { how: 'successor', pid: process.pid, changed: [] };
    }
    if (mode === 'restart') this.#isRestartWanted = true;
    await this.#steps
      .during(tell, () => life.reload({ kind: 'request', by: `rodent ${mode}` }))
      .catch((error: unknown) => {
        throw life.cause?.kind === 'replaced' ? replaced(error) : error;
      });
    await this.#handedOver;
    const outcome = this.#last?.outcome;
    if (typeof outcome === 'object') return outcome;
    throw new errors.RodentError('The reload ended without an outcome.', { code: 'RELOAD_FAILED' });
  }

  /** Has a fresh process take over, whatever has changed. @throws RodentError RELOAD_FAILED. */
  renew(life: lifecycle.Lifecycle, cause: lifecycle.Cause): Promise<void> {
    this.#isRestartWanted = true;
    return life.reload(cause);
  }

  /** Prepares, and returns what puts the new state into use. */
  async #takeOver(ctx: context.Context): Promise<lifecycle.Commit> {
    const isRestart = this.#isRestartWanted;
    this.#isRestartWanted = false;
    try {
      const next = config.load(this.#options.serve.read);
      const todo = plan({
        current: this.#config,
        next,
        isRestart,
        folders: this.folders,
        loadedAtMs: this.#loadedAtMs,
      });
      if (todo.how === 'successor') return await this.#succeed(ctx, todo.changed);
      if (todo.how === 'workers') return await this.#replaceWorkers(ctx, todo);
      await this.#options.staff()?.resize(next);
      return () => {
        this.#options.apply(todo.next);
        this.#config = todo.next;
        this.#note({ how: 'live', pid: process.pid, changed: todo.changed });
      };
    } catch (error) {
      this.#note(`failed: ${errors.describe(error)}`);
      throw error;
    }
  }

  async #succeed(ctx: context.Context, changed: readonly config.Key[]): Promise<lifecycle.Commit> {
    const { estate, serve, replaced, staff } = this.#options;
    const { listener, ...rest } = estate();
    const successor = await handOver({
      ...rest,
      listener: isMoved(changed) ? undefined : listener,
      program: serve.program,
      timeoutMs: this.#config.get('reload.timeout'),
      signal: ctx.signal,
    });
    this.#steps.tell(`process ${successor.pid} is ready`);
    try {
      // What must run only once: the successor starts it when it is told to go.
      await context.race(ctx, orGone(successor, staff()?.stopPrograms(this.#steps.tell)));
    } catch (error) {
      await successor.stop();
      // Whether they start again is told by their own events.
      if (ctx.err === undefined)
        staff()
          ?.startPrograms(context.background())
          .catch(() => undefined);
      throw error;
    }
    return () => {
      const generation = this.generation + 1;
      this.#note({ how: 'successor', pid: successor.pid, changed });
      this.#handedOver = replaced(successor, generation);
      successor.go();
    };
  }

  async #replaceWorkers(ctx: context.Context, { next, changed }: Plan): Promise<lifecycle.Commit> {
    const staff = this.#options.staff();
    if (staff === undefined) throw new errors.RodentError('There are no workers to replace.');
    const loadedAtMs = Date.now();
    const generation = this.generation + 1;
    await staff.replace(next, { ctx, generation, tell: this.#steps.tell });
    return () => {
      this.#options.apply(next);
      this.#config = next;
      this.#loadedAtMs = loadedAtMs;
      this.generation = generation;
      const workers = staff.wanted;
      this.#note({ how: 'workers', pid: process.pid, changed, workers, generation });
    };
  }

  #note(outcome: LastReload['outcome']): void {
    this.#last = { at: clock.utc(), outcome };
  }
}

function replaced(cause: unknown): errors.RodentError {
  return new errors.RodentError('A successor has taken over.', { code: 'NOT_READY', cause });
}

/** The last reload in a few words. */
export function describeLast({ outcome }: LastReload): string {
  if (typeof outcome === 'string') return outcome;
  if (outcome.how === 'live') return 'in place';
  return outcome.how === 'workers'
    ? `by ${outcome.workers ?? 0} workers`
    : `by process ${outcome.pid}`;
}

/** Waits for `work`; fails as soon as the successor is gone. */
async function orGone(
  successor: daemon.Successor,
  work: Promise<unknown> | undefined,
): Promise<void> {
  const gone = successor.exited.then(() => {
    throw new errors.RodentError(
      `Process ${successor.pid}, which was to take over, ended before it did.`,
      { code: 'RELOAD_FAILED' },
    );
  });
  gone.catch(() => undefined);
  await Promise.race([work, gone]);
}
