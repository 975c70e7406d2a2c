/** The worker scripts of this host: as many of each type as the database asks for, kept running. */

import path from 'node:path';

import * as child from '../child/index.js';
import type * as config from '../config/index.js';
import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as scripts from '../scripts/index.js';
import * as supervisor from '../supervisor/index.js';
import { flagsFor } from './boot.js';
import type { Variables } from './database-variables.js';
import type { ServeOptions } from './options.js';

/** One worker that the database asks for on this host. */
export interface WantedWorker {
  readonly id: string;
  /** `queue.take` for `workers/queue/take.ts`. */
  readonly type: string;
}

export interface WorkerScriptsOptions {
  /** The folder that contains `workers`. */
  readonly root: string;
  readonly serve: ServeOptions;
  readonly settings: config.Config;
  /** Tells them where the database is. */
  readonly variables: Variables;
  readonly observe: supervisor.Observer;
  readonly onProblem: (error: unknown) => void;
}

export class WorkerScripts {
  readonly #options: WorkerScriptsOptions;
  readonly #roster: supervisor.Roster;
  #guard: child.Guard | undefined;
  #wanted: readonly WantedWorker[] = [];
  /** Which renewal each worker runs after: another one is another definition. */
  #renewals = 0;
  #isOpen = false;

  constructor(options: WorkerScriptsOptions) {
    this.#options = options;
    this.#roster = supervisor.openRoster({ observe: options.observe });
  }

  /** Keeps `wanted` and nothing else, once it is open. */
  async keep(wanted: readonly WantedWorker[]): Promise<void> {
    this.#wanted = wanted;
    if (this.#isOpen) await this.#roster.replace(wanted.map((one) => this.#entryOf(one)));
  }

  async start(ctx: context.Context): Promise<void> {
    this.#isOpen = true;
    await this.#roster.startAll(ctx);
    await this.keep(this.#wanted);
  }

  /** Stops all; resolves with the names of those that had to be killed. */
  async stop(ctx: context.Context): Promise<readonly string[]> {
    this.#isOpen = false;
    const { killed } = await this.#roster.stopAll(ctx);
    return killed;
  }

  /** Starts all anew, with the current code. */
  async renew(): Promise<void> {
    this.#renewals += 1;
    await this.keep(this.#wanted);
  }

  status(): readonly child.WorkerStatus[] {
    return this.#roster.status();
  }

  killAll(): void {
    this.#roster.killAll();
  }

  async close(): Promise<void> {
    await this.#guard?.close();
  }

  #entryOf({ id, type }: WantedWorker): supervisor.Entry {
    const { settings } = this.#options;
    return {
      definition: `${id} ${type} ${this.#renewals}`,
      worker: {
        name: `${type} ${id.slice(0, SHORT)}`,
        kind: 'worker',
        readiness: 'told',
        startTimeoutMs: settings.get('start.timeout'),
        settleMs: settings.get('workers.startSeconds'),
        startRetries: settings.get('workers.startRetries'),
        autorestart: 'always',
        stopMs: settings.get('drain.grace'),
        start: () => this.#start({ id, type }),
      },
    };
  }

  #start({ id, type }: WantedWorker): child.Process {
    const { root, serve, variables, onProblem } = this.#options;
    const script = scripts.find(root, type);
    if (script === undefined) {
      return child.notStarted(
        new errors.RodentError(
          `There is no worker script of the type "${type}" below "${path.join(root, 'workers')}".`,
          { code: 'NOT_FOUND' },
        ),
      );
    }
    this.#guard ??= child.openGuard({ onLost: onProblem });
    return child.startCommand({
      command: [
        process.execPath,
        ...flagsFor(serve.program.execArgv),
        ...scripts.flagsFor(script),
        script,
        'start',
        id,
        '--foreground',
      ],
      directory: path.dirname(script),
      env: { ...serve.read.env, ...variables, RODENT_READY_FD: '3' },
      readiness: 'newline',
      stderr: (chunk) => void process.stderr.write(chunk),
      guard: this.#guard,
    });
  }
}

/** So much of an id tells workers of one type apart. */
const SHORT = 8;
