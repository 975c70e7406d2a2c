/** Package testing: real processes as the supervisor keeps them, and what tests of it share. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { until } from '../../../test/support/index.js';
import type * as child from '../../child/index.js';
import type { Crew, Maker, SupervisedProcess, WorkerEvent, WorkerOptions } from '../index.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/worker.mjs', import.meta.url));

/** How fixtures/worker.mjs behaves; without anything it is ready at once and stays. */
export interface Behaviour {
  /** Not ready before it is told to be. */
  readonly waits?: boolean;
  /** Tells this error instead of getting ready, and ends. */
  readonly fails?: string;
  /** Ends with this code before it is ready. */
  readonly exitsEarly?: number;
  /** Ends with this code right after it was ready. */
  readonly exits?: number;
  /** Writes this to stderr first. */
  readonly words?: string;
  readonly ignoresTerm?: boolean;
  /** Cannot be asked to end: whoever tries gets an error. */
  readonly isUntouchable?: boolean;
  /** The program cannot be started. */
  readonly isMissing?: boolean;
}

/** A process of the fixture. */
class Actor implements SupervisedProcess {
  readonly pid: number;
  readonly ready: Promise<void>;
  readonly exited: Promise<child.Exit>;
  readonly leaving: Promise<string>;
  readonly reasons: child.StopReason[] = [];
  /** The name by which it was told to serve. */
  activeAs: string | undefined;
  stack: string | undefined;
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #isUntouchable: boolean;
  #heardMs = performance.now();
  #isReaped = false;

  constructor(name: string, behaviour: Behaviour) {
    this.name = name;
    this.#isUntouchable = behaviour.isUntouchable ?? false;
    const program = behaviour.isMissing === true ? '/nowhere/to/be/found' : process.execPath;
    this.#child = spawn(program, [FIXTURE, JSON.stringify(behaviour)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    });
    this.pid = this.#child.pid ?? Number.NaN;
    this.exited = this.#watchEnd();
    this.ready = this.#message<void>('ready', 'error');
    this.leaving = this.#message<string>('leaving');
    this.#child.on('message', () => (this.#heardMs = performance.now()));
    this.ready.catch(() => undefined);
  }

  /** Makes the process do something. */
  tell(act: 'ready' | 'exit' | 'leave' | 'abort' | 'hang', value?: string | number): void {
    // It may have ended meanwhile.
    this.#child.send({ act, value }, () => undefined);
  }

  vitals(): child.Vitals | undefined {
    return undefined;
  }

  silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  stuckAt(): string | undefined {
    return this.stack;
  }

  isSuspended(): boolean {
    return /^\d+ \(.*\) [Tt] /.test(readStat(this.pid));
  }

  stop(reason: child.StopReason): void {
    this.#assertTouchable();
    this.reasons.push(reason);
    this.signal('SIGTERM');
  }

  signal(signal: NodeJS.Signals, { group = false }: { readonly group?: boolean } = {}): boolean {
    if (this.#isReaped || Number.isNaN(this.pid)) return false;
    try {
      return process.kill(group ? -this.pid : this.pid, signal);
    } catch {
      return false;
    }
  }

  kill(): void {
    this.#assertTouchable();
    this.signal('SIGKILL', { group: true });
  }

  activate(name = 'nobody'): void {
    this.activeAs = name;
  }

  #assertTouchable(): void {
    if (this.#isUntouchable) throw new Error('Operation not permitted');
  }

  #message<T>(key: string, failure?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.on('message', (message: Readonly<Record<string, never>>) => {
        if (Object.hasOwn(message, key)) resolve(message[key] as T);
        if (failure !== undefined && Object.hasOwn(message, failure)) {
          reject(new Error(message[failure]));
        }
      });
    });
  }

  #watchEnd(): Promise<child.Exit> {
    let text = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (more: string) => (text += more));
    return new Promise((resolve) => {
      const end = (exit: Omit<child.Exit, 'words'>): void => {
        this.#isReaped = true;
        resolve({ ...exit, words: text.split('\n').filter((line) => line !== '') });
      };
      this.#child.on('error', (error) => {
        if (Number.isNaN(this.pid)) end({ code: null, signal: null, error });
      });
      this.#child.on('close', (code, signal) => end({ code, signal }));
    });
  }
}

/** Where workers appear: it remembers their processes and what was told of them. */
export interface Stage {
  readonly events: WorkerEvent[];
  readonly actors: Actor[];
  observe(event: WorkerEvent): void;
  /** Options of a worker that behaves so: the first process as the first says, the last as all others. */
  worker(
    name: string,
    behaviours?: readonly Behaviour[],
    more?: Partial<WorkerOptions>,
  ): WorkerOptions;
  /** A maker of http workers that all behave so. */
  maker(behaviour?: Behaviour, more?: Partial<WorkerOptions>): Maker;
  /** The youngest process of that name. */
  actor(name: string): Actor;
  /** Resolves with the event of that type that came as the `count`-th; for `name`, if one is given. */
  event<T extends WorkerEvent['type']>(type: T, name?: string, count?: number): Promise<Told<T>>;
}

/** An event of that type. */
export type Told<T extends WorkerEvent['type']> = Extract<WorkerEvent, { readonly type: T }>;

/** Makes a stage; whatever runs on it when the test ends is killed. */
export function stage(): Stage {
  const events: WorkerEvent[] = [];
  const actors: Actor[] = [];
  let isOver = false;
  onTestFinished(async () => {
    isOver = true;
    for (const actor of actors) actor.signal('SIGKILL', { group: true });
    await Promise.all(actors.map((actor) => actor.exited));
  });
  const start = (name: string, behaviour: Behaviour): Actor => {
    if (isOver) throw new Error('the test is over');
    const actor = new Actor(name, behaviour);
    actors.push(actor);
    return actor;
  };
  const observe = (event: WorkerEvent): void => void events.push(event);
  const common = { readiness: 'told', settleMs: 1, observe } as const;
  return {
    events,
    actors,
    observe,
    worker: (name, behaviours = [{}], more = {}) => {
      let starts = 0;
      const next = (): Behaviour => behaviours[Math.min(starts++, behaviours.length - 1)] ?? {};
      return { ...common, name, kind: 'program', start: () => start(name, next()), ...more };
    },
    maker:
      (behaviour = {}, more = {}) =>
      ({ name }) => ({
        ...common,
        name,
        kind: 'http',
        autorestart: 'always',
        start: () => start(name, behaviour),
        ...more,
      }),
    actor: (name) => {
      const found = actors.findLast((actor) => actor.name === name);
      if (found === undefined) throw new Error(`nobody is called ${name}`);
      return found;
    },
    event: (type, name, count = 1) =>
      until(`event ${count} of type ${type}`, () => {
        const isMeant = (event: WorkerEvent): event is Told<typeof type> =>
          event.type === type && (name === undefined || event.name === name);
        return events.filter(isMeant)[count - 1];
      }),
  };
}

/** `http-1 RUNNING 1`: name, state and generation of each worker, in order. */
export function shown(crew: Crew): string[] {
  return crew.status().map(({ name, state, generation }) => `${name} ${state} ${generation}`);
}

/** Resolves with what `promise` rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error('it did not fail');
}

/** What happened, in order, without the changes of state. */
export function typesOf(events: readonly WorkerEvent[]): string[] {
  return events.map(({ type }) => type).filter((type) => type !== 'STATE_CHANGED');
}

function readStat(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
