/** The embedded database as a worker: prepared, kept running, announced to the commands. */

import fs from 'node:fs';
import path from 'node:path';

import * as child from '../child/index.js';
import type * as context from '../context/index.js';
import * as embedded from '../embedded/index.js';
import * as postgres from '../postgres/index.js';
import * as supervisor from '../supervisor/index.js';

export interface DatabaseServerOptions extends embedded.Options {
  /** Where the commands find it. */
  readonly announcement: string;
  readonly observe: supervisor.Observer;
  readonly onProblem: (error: unknown) => void;
}

/** supervisord's name of a worker; there is only one. */
const NAME = 'postgres';

/** A fast shutdown writes everything down first; an immediate one has the next start do it. */
const STOP_MS = 10_000;
/** Its whole end: one that has to be killed is given time to take its processes with it. */
export const END_MS: number = STOP_MS + 9000;
/** A server that recovers from a crash may take its time. */
const START_MS = 120_000;

export class DatabaseServer {
  readonly address: postgres.Address;
  readonly #options: DatabaseServerOptions;
  readonly #server: embedded.Server;
  #guard: child.Guard | undefined;
  readonly #roster: supervisor.Roster;
  #prepared: Promise<void> | undefined;
  #started: Promise<void> | undefined;

  constructor(options: DatabaseServerOptions) {
    this.#options = options;
    this.#server = embedded.open({
      ...options,
      guard: () => (this.#guard ??= child.openGuard({ onLost: options.onProblem })),
    });
    this.address = this.#server.address;
    this.#roster = supervisor.openRoster({ observe: options.observe });
    this.#roster.add({
      worker: {
        name: NAME,
        kind: 'database',
        readiness: 'told',
        startTimeoutMs: START_MS,
        // Ready means that it has answered. One that was adopted and left with its owner is started at once.
        settleMs: 0,
        // What stands in its way, as a full disk, may go: a service without its database never gives it up.
        startRetries: Number.MAX_SAFE_INTEGER,
        stopMs: STOP_MS,
        autorestart: 'always',
        start: () => this.#server.start(),
      },
    });
  }

  /** Makes binaries and files ready, once. @throws RodentError EMBEDDED_DATABASE. */
  prepare(): Promise<void> {
    return (this.#prepared ??= this.#server.prepare());
  }

  /** Resolves when it answers or its first start has failed; it is tried again then. */
  start(ctx: context.Context): Promise<void> {
    return (this.#started ??= this.#start(ctx));
  }

  /** Stops it in order and starts it again; how that goes is told by its own events. */
  restart(): void {
    this.#roster.restart(NAME).catch(() => undefined);
  }

  status(): readonly child.WorkerStatus[] {
    return this.#roster.status();
  }

  /** Stops the server; `ctx` bounds how long that may take. */
  async stop(ctx: context.Context): Promise<void> {
    await this.#roster.stopAll(ctx);
    await this.#guard?.close();
  }

  killAll(): void {
    this.#roster.killAll();
  }

  async #start(ctx: context.Context): Promise<void> {
    await this.prepare();
    fs.mkdirSync(path.dirname(this.#options.announcement), { recursive: true, mode: 0o700 });
    postgres.announce(this.#options.announcement, this.address);
    await this.#roster.startAll(ctx);
  }
}
