/** The http workers as processes: how each is started, kept and told. */

import type net from 'node:net';
import { fileURLToPath } from 'node:url';

import * as child from '../child/index.js';
import * as config from '../config/index.js';
import type * as http from '../http/index.js';
import type * as instance from '../instance/index.js';
import type * as postgres from '../postgres/index.js';
import type * as supervisor from '../supervisor/index.js';
import { flagsFor } from './boot.js';
import type { Boot, Instruction } from './boot.js';
import type { ServeOptions } from './options.js';
import { fdOf } from './succession.js';

/** The program that a worker runs, beside this file. */
const WORKER: string = fileURLToPath(new URL('./worker-main.js', import.meta.url));

export interface HiringOptions {
  readonly serve: ServeOptions;
  readonly isDetached: boolean;
  /** Where the workers find the database; undefined for a service without one. */
  readonly database: postgres.Address | undefined;
  /** What the workers accept on; undefined when the service does not listen. */
  readonly listener: http.Listener | undefined;
  /** Is given the connections that a worker had not taken when it ended. */
  readonly onReturned: (socket: net.Socket) => void;
}

export class Hiring {
  readonly #options: HiringOptions;
  readonly #processes = new Set<child.NodeProcess>();
  /** Answered by workers that have gone. */
  #answered = 0;

  constructor(options: HiringOptions) {
    this.#options = options;
  }

  /** Requests answered by all workers that there were, and what those of `statuses` have in hand. */
  requests(statuses: readonly child.WorkerStatus[]): instance.ServiceStatus['requests'] {
    const answered = [...this.#processes].map((worker) => worker.vitals()?.requests ?? 0);
    const vitals = statuses.flatMap((status) => status.vitals ?? []);
    return {
      total: answered.reduce((a, b) => a + b, this.#answered),
      active: vitals.reduce((sum, { active }) => sum + active, 0),
      connections: vitals.reduce((sum, { connections }) => sum + connections, 0),
    };
  }

  /** Hands a connection to the worker of that process id; closes it where there is none. */
  give(pid: number | undefined, socket: net.Socket): void {
    const worker = [...this.#processes].find((one) => one.pid === pid);
    if (worker === undefined) socket.destroy();
    else worker.give(socket);
  }

  /** Tells every worker something, those that leave included. */
  tell(instruction: Instruction): void {
    for (const worker of this.#processes) worker.tell(instruction);
  }

  /** Returns what makes workers of the configuration that `settingsOf` returns at each start. */
  maker(
    settingsOf: () => config.Config,
    startTimeout: 'start.timeout' | 'reload.timeout',
  ): supervisor.Maker {
    return (slot) => {
      const settings = settingsOf();
      return {
        name: slot.name,
        kind: 'http',
        readiness: 'told',
        startTimeoutMs: settings.get(startTimeout),
        settleMs: settings.get('workers.startSeconds'),
        startRetries: settings.get('workers.startRetries'),
        autorestart: 'always',
        stopMs: settings.get('drain.grace'),
        silenceMs: settings.get('workers.timeout'),
        start: () => this.#start(slot, settingsOf()),
      };
    };
  }

  #start(slot: supervisor.Slot, settings: config.Config): child.NodeProcess {
    const { serve, isDetached, listener, database } = this.#options;
    const fd = listener === undefined ? undefined : fdOf(listener);
    const boot: Boot = {
      ...slot,
      config: config.snapshot(settings),
      version: serve.version,
      isDetached,
      isTerminal: serve.isTerminal,
      noColor: serve.read.env['NO_COLOR'],
      ...(database === undefined ? {} : { database }),
      socket: listener === undefined ? 'none' : socketOf(listener, fd !== undefined),
    };
    const worker = child.startNode({
      script: WORKER,
      execArgv: flagsFor(serve.program.execArgv),
      env: serve.read.env,
      boot,
      inherit: fd === undefined ? [] : [fd],
      handsConnections: fd === undefined,
      onReturned: this.#options.onReturned,
      onStderr: (chunk) => void process.stderr.write(chunk),
    });
    this.#processes.add(worker);
    void worker.exited.then(() => {
      this.#processes.delete(worker);
      this.#answered += worker.vitals()?.requests ?? 0;
    });
    return worker;
  }
}

function socketOf({ host, port }: http.Listener, isInherited: boolean): Boot['socket'] {
  return isInherited ? 'inherited' : { host, port };
}
