/** The programs that the supervisor keeps beside its workers: any command, or a script of its own. */

import * as child from '../child/index.js';
import type * as config from '../config/index.js';
import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as programs from '../programs/index.js';
import * as supervisor from '../supervisor/index.js';
import type { Variables } from './database-variables.js';
import type { ServeOptions } from './options.js';
import { cacheDir } from './privileges.js';
import { readPrograms } from './program-files.js';
import { startScript } from './script.js';
import type { Tell } from './work.js';

export interface ProgramsOptions {
  readonly serve: ServeOptions;
  readonly isDetached: boolean;
  /** Added to the environment of each; what is undefined is taken out of it. */
  readonly variables: Variables;
  readonly observe: supervisor.Observer;
  /** Is told what goes wrong with a program's log, and that nobody guards the programs any more. */
  readonly onProblem: (error: unknown) => void;
}

export class Programs {
  readonly #options: ProgramsOptions;
  readonly #roster: supervisor.Roster;
  readonly #running = new Map<string, programs.Program>();
  #guard: child.Guard | undefined;
  #cacheDir = '';

  constructor(options: ProgramsOptions) {
    this.#options = options;
    this.#roster = supervisor.openRoster({ observe: options.observe });
  }

  /** Reads the definitions for the first time. @throws RodentError CONFIG_INVALID with every problem. */
  load(life: lifecycle.Lifecycle, settings: config.Config): void {
    this.#cacheDir = cacheDir(settings);
    for (const definition of this.read(settings)) this.#roster.add(this.#entryOf(definition));
    life.registerShutdownHook('programs', () => this.#guard?.close());
  }

  /** Reads the definitions, and changes nothing. @throws RodentError CONFIG_INVALID. */
  read(settings: config.Config): readonly programs.Definition[] {
    return readPrograms(settings, this.#options);
  }

  /** Applies what was read: what did not change goes on undisturbed. */
  async update(
    definitions: readonly programs.Definition[],
    tell: Tell,
  ): Promise<readonly instance.ProgramResult[]> {
    const entries = definitions.map((definition) => this.#entryOf(definition));
    const { added, changed, removed } = await this.#roster.replace(entries);
    const results = [
      ...added.map((name) => ({ name, outcome: 'added' }) as const),
      ...changed.map((name) => ({ name, outcome: 'changed' }) as const),
      ...removed.map((name) => ({ name, outcome: 'removed' }) as const),
    ];
    for (const { name, outcome } of results) tell(`program ${name} ${outcome}`);
    const told = new Set(results.map(({ name }) => name));
    const rest = definitions.filter(({ name }) => !told.has(name));
    return [...results, ...rest.map(({ name }) => ({ name, outcome: 'unchanged' }) as const)];
  }

  start(ctx: context.Context): Promise<void> {
    return this.#roster.startAll(ctx);
  }

  async stop(ctx: context.Context): Promise<readonly string[]> {
    const { killed } = await this.#roster.stopAll(ctx);
    return killed;
  }

  killAll(): void {
    this.#roster.killAll();
  }

  /** Stops one and starts it again; how that goes is told by its own events. */
  restart(name: string): void {
    this.#roster.restart(name).catch(() => undefined);
  }

  status(): readonly child.WorkerStatus[] {
    return this.#roster.status();
  }

  reopenLogs(): void {
    for (const program of this.#running.values()) program.reopenLogs();
  }

  /** Does what a command asks. @throws RodentError NOT_FOUND, and then nothing was done. */
  async request(
    settings: config.Config,
    request: instance.ProgramsRequest,
    tell: Tell,
  ): Promise<instance.ProgramsAnswer> {
    if (request.verb === 'update') {
      return { results: await this.update(this.read(settings), tell) };
    }
    const known = this.status().map(({ name }) => name);
    const unknown = request.names.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw notFound(unknown, known);
    const names = request.names.length === 0 ? known : request.names;
    const results = await Promise.all(names.map((name) => this.#try(name, request, tell)));
    return { results };
  }

  async #try(
    name: string,
    request: instance.ProgramsRequest,
    tell: Tell,
  ): Promise<instance.ProgramResult> {
    try {
      const outcome = await this.#do(name, request);
      tell(`program ${name} ${outcome}`);
      return { name, outcome };
    } catch (error) {
      return { name, outcome: 'failed', error: errors.describe(error) };
    }
  }

  async #do(
    name: string,
    { verb, signal }: instance.ProgramsRequest,
  ): Promise<instance.ProgramResult['outcome']> {
    if (verb === 'start') {
      await this.#roster.start(name);
      return 'started';
    }
    if (verb === 'stop') {
      await this.#roster.stop(name);
      return 'stopped';
    }
    if (verb === 'restart') {
      await this.#roster.restart(name);
      return 'restarted';
    }
    if (signal !== undefined && this.#roster.signal(name, signal)) return 'signalled';
    throw new errors.RodentError(`The program "${name}" does not run.`, { code: 'NOT_RUNNING' });
  }

  #entryOf(definition: programs.Definition): supervisor.Entry {
    const { name, run, readiness, settleMs, startRetries, autorestart } = definition;
    const { exitCodes, stopMs, priority, autostart } = definition;
    return {
      priority,
      autostart,
      definition: programs.fingerprint(definition),
      worker: {
        name,
        kind: run.kind === 'script' ? 'script' : 'program',
        // A script says that it is ready when it has loaded.
        readiness: run.kind === 'script' ? 'told' : readiness,
        settleMs,
        startRetries,
        autorestart,
        exitCodes,
        stopMs,
        start: () => this.#start(definition),
      },
    };
  }

  #start(definition: programs.Definition): child.Process {
    const { serve, variables, onProblem } = this.#options;
    this.#guard ??= child.openGuard({ onLost: onProblem });
    const options: programs.StartOptions = {
      env: { ...serve.read.env, ...variables },
      onProblem: (detail, cause) => {
        onProblem(new errors.RodentError(detail, { code: 'FILE', cause }));
      },
      guard: this.#guard,
    };
    const program =
      definition.run.kind === 'script'
        ? startScript(definition, { ...options, serve, cacheDir: this.#cacheDir })
        : programs.start(definition, options);
    const { name } = definition;
    this.#running.set(name, program);
    void program.exited.then(() => {
      if (this.#running.get(name) === program) this.#running.delete(name);
    });
    return program;
  }
}

function notFound(unknown: readonly string[], known: readonly string[]): errors.RodentError {
  const names = unknown.map((name) => `"${name}"`).join(', ');
  const others = known.length === 0 ? 'There are none.' : `There are ${known.join(', ')}.`;
  return new errors.RodentError(`There is no program ${names}. ${others}`, { code: 'NOT_FOUND' });
}
