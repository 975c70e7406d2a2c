/** The database of a service: reached, brought up to date, told of every process, asked for workers. */

import os from 'node:os';

import type * as child from '../child/index.js';
import * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as postgres from '../postgres/index.js';
import * as registry from '../registry/index.js';
import type * as supervisor from '../supervisor/index.js';
import type { Companion } from './companion.js';
import { patienceOf } from './database-place.js';
import { createPreloaded } from './database-preload.js';
import { prepareSchema } from './database-schema.js';
import type { DatabaseServer } from './database-server.js';
import { configuredVariables, embeddedVariables } from './database-variables.js';
import type { Variables } from './database-variables.js';
import type { Journal } from './journal.js';
import type { ServeOptions } from './options.js';
import { Registration } from './registration.js';
import { Wishes } from './wishes.js';
import type { Work } from './work.js';
import { WorkerScripts } from './worker-scripts.js';

/** What the database of a service is opened with. */
export interface ServiceDatabaseOptions {
  readonly settings: config.Config;
  readonly serve: ServeOptions;
  readonly journal: Journal;
  /** The folder of the project. */
  readonly root: string;
  readonly observe: supervisor.Observer;
  /** Whether a predecessor runs, and with it its server, until this process serves. */
  readonly isSuccessor: boolean;
  /** Undefined for one that others keep. */
  readonly server: DatabaseServer | undefined;
}

/** Between two tries to reach a database that is away, the first and the longest. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

export class ServiceDatabase implements Companion {
  readonly address: postgres.Address;
  readonly variables: Variables;
  readonly #life: lifecycle.Lifecycle;
  readonly #options: ServiceDatabaseOptions;
  readonly #database: postgres.Database;
  readonly #scripts: WorkerScripts;
  #registration: Registration | undefined;
  #wishes: Wishes | undefined;
  #hostId = '';
  #error: string | undefined;
  #hasIgnored = false;

  constructor(life: lifecycle.Lifecycle, options: ServiceDatabaseOptions) {
    const { settings, serve, journal, root, observe, server } = options;
    this.#life = life;
    this.#options = options;
    this.address = server?.address ?? config.databaseParts(settings);
    const isOwn = server !== undefined;
    // A program finds a configured database as it is told to: that of a service is not by itself its own.
    this.variables = isOwn ? embeddedVariables(settings, this.address) : {};
    this.#database = postgres.open({
      address: this.address,
      applicationName: 'rodent {pid}',
      maxConnections: CONNECTIONS,
      acquireTimeoutMs: settings.get('database.acquireTimeout'),
      statementTimeoutMs: settings.get('database.statementTimeout'),
      closeTimeoutMs: CLOSE_MS,
      patienceMs: patienceOf(settings, this.address),
    });
    this.#scripts = new WorkerScripts({
      root,
      serve,
      settings,
      variables: isOwn ? this.variables : configuredVariables(this.address),
      observe,
      onProblem: (error) => journal.error(error),
    });
  }

  async open(): Promise<void> {
    const { settings, root } = this.#options;
    this.#hostId = await instance.hostId(settings, root);
    if (this.#options.server === undefined) await this.#inspect();
    // What speaks against it is told by `prepared`, when the rest has had its time to start.
    else this.#prepareOwn(this.#options.server).catch(() => undefined);
    await createPreloaded({ ...this.#options, life: this.#life, address: this.address });
  }

  /** Makes the server ready beside what follows; a successor leaves it alone as long as another owns it. */
  async #prepareOwn(server: DatabaseServer): Promise<void> {
    if (this.#options.isSuccessor) await server.prepare();
    else await server.start(this.#life.ctx);
  }

  async prepared(): Promise<void> {
    await this.#options.server?.prepare();
  }

  begin(work: Work): void {
    this.#begin(work).catch((error: unknown) => {
      if (this.#life.ctx.err === undefined) this.#options.journal.error(error);
    });
  }

  status(): instance.DatabaseStatus {
    const {
      isCurrent = false,
      lastBeatAt,
      error = this.#error,
    } = this.#registration?.status() ?? {};
    return {
      kind: this.#options.server === undefined ? 'configured' : 'embedded',
      address: postgres.describe(this.address),
      isReachable: isCurrent && error === undefined,
      ...(lastBeatAt === undefined ? {} : { lastBeatAt }),
      ...(error === undefined ? {} : { error }),
    };
  }

  workers(): readonly child.WorkerStatus[] {
    return [...this.#scripts.status(), ...(this.#options.server?.status() ?? [])];
  }

  start(ctx: context.Context): Promise<void> {
    return this.#scripts.start(ctx);
  }

  stop(ctx: context.Context): Promise<readonly string[]> {
    return this.#scripts.stop(ctx);
  }

  dismiss({ kind }: child.WorkerStatus): void {
    if (kind === 'database') this.#options.server?.restart();
  }

  renew(): Promise<void> {
    return this.#scripts.renew();
  }

  changed(): void {
    this.#registration?.beatSoon();
  }

  killAll(): void {
    this.#scripts.killAll();
    this.#options.server?.killAll();
  }

  async close(): Promise<void> {
    await this.#scripts.close();
    await Promise.all([this.#wishes?.close(), this.#registration?.close()]);
    await this.#database.close();
  }

  /** Looks at a configured server before anything depends on it. */
  async #inspect(): Promise<void> {
    const { settings, journal } = this.#options;
    try {
      await this.#prepareSchema();
    } catch (error) {
      if (settings.get('migrate') || !postgres.isUnavailable(error)) throw error;
      this.#error = errors.describe(error);
      journal.record('warn', 'The database does not answer; the service starts without it', {
        error: this.#error,
      });
    }
  }

  async #begin(work: Work): Promise<void> {
    await this.#options.server?.start(this.#life.ctx);
    await this.#reach();
    const { settings, serve, journal } = this.#options;
    this.#registration = new Registration({
      database: this.#database,
      host: { id: this.#hostId, name: os.hostname() },
      version: serve.version,
      beatMs: settings.get('database.beat'),
      lostAfterMs: settings.get('database.lostAfter'),
      work,
      phase: () => this.#life.phase,
      onFenced: (why) => void this.#life.shutdown({ kind: 'request', by: why }),
      observe: (event) => this.#observe(event),
    });
    this.#wishes = new Wishes({
      address: this.address,
      hostId: this.#hostId,
      lookMs: settings.get('database.lostAfter'),
      journal,
      look: () => this.#look(work),
    });
  }

  /** Tells what this host has, asks what is wanted of it, and keeps that. */
  async #look({ staff }: Work): Promise<void> {
    this.#registration?.beatSoon();
    const wanted = await registry.wantedWorkers(this.#database, this.#hostId);
    const types = [...new Set(wanted.map(({ type }) => type))];
    if (staff !== undefined) await this.#scripts.keep(wanted);
    else if (types.length > 0 && !this.#hasIgnored) {
      this.#hasIgnored = true;
      const text = 'Worker scripts need a supervisor and are not started: "workers" is 0';
      this.#options.journal.record('warn', text, { types });
    }
  }

  /** Resolves when the database answers with a schema that fits; tells once what stands in the way. */
  async #reach(): Promise<void> {
    for (let pauseMs = RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
      try {
        await this.#prepareSchema();
        this.#error = undefined;
        return;
      } catch (error) {
        if (this.#life.ctx.err !== undefined) throw error;
        const text = errors.describe(error);
        if (text !== this.#error) this.#options.journal.error(error);
        this.#error = text;
      }
      await context.sleep(this.#life.ctx, pauseMs);
    }
  }

  #prepareSchema(): Promise<void> {
    const { settings, journal } = this.#options;
    const isOurs = this.#options.server !== undefined || settings.get('migrate');
    return prepareSchema(this.#database, { mode: isOurs ? 'migrate' : 'require', journal });
  }

  #observe(event: registry.RollEvent): void {
    const level = registry.isFailure(event) ? 'error' : 'info';
    this.#options.journal.record(level, registry.describeEvent(event));
  }
}

/** The supervisor's own: beats, and looking at what is wanted. */
const CONNECTIONS = 2;
/** Its statements have time limits of their own: what is still under way then hangs. */
const CLOSE_MS = 1000;
