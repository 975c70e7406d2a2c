/** What a fault finds: the service, chance, and the words for what it does and expects. */

import { setTimeout as sleep } from 'node:timers/promises';

import type { ServiceStatus } from '../../internal/instance/index.js';
import type { Breakage, Harm } from './app.js';
import type { Ledger } from './ledger.js';
import { isRunning, send } from './process.js';
import type { Random } from './random.js';
import type { Outcome, Site } from './site.js';
import { nowUs } from './traffic.js';
import { Violation, mustHold, waitFor } from './violation.js';

/** Something that happens to the service. */
export interface Fault {
  readonly name: string;
  /** Whether only the long form brings it: it takes its time, or is much like another. */
  readonly isLong?: true;
  /** Does it and waits until it has shown its effect; throws a Violation when the effect is wrong. */
  run(scene: Scene): Promise<void>;
}

export interface SceneOptions {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly random: Random;
  /** The service as it was settled before the fault. */
  readonly before: ServiceStatus;
}

export class Scene {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly before: ServiceStatus;
  /** Whether the supervisor is to be the one from before: the same one, a successor, or a fresh start. */
  supervisor: 'same' | 'successor' | 'started' = 'same';
  /** The version that must be answered; the deployed one unless it is said otherwise. */
  version: number;
  readonly #notes: string[] = [];

  constructor({ site, ledger, random, before }: SceneOptions) {
    this.site = site;
    this.ledger = ledger;
    this.random = random;
    this.before = before;
    this.version = site.version;
  }

  /** What chance has chosen, for the report. */
  get notes(): string {
    return this.#notes.join(', ');
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Process ids of the workers before the fault. */
  get workers(): readonly number[] {
    return this.before.workers.flatMap(({ pid }) => pid ?? []);
  }

  /** Deploys the next version, which must be answered from then on. */
  deploy(): void {
    this.site.deploy();
    this.version = this.site.version;
  }

  /** Waits for a time that chance chooses, in milliseconds. */
  async pause(lowMs: number, highMs: number): Promise<void> {
    const ms = this.random.between(lowMs, highMs);
    this.note(`after ${ms} ms`);
    await sleep(ms);
  }

  /** Kills a process, which may lose what it has in hand. */
  kill(pid: number): void {
    this.ledger.harm(pid);
    send(pid, 'SIGKILL');
  }

  /** Deploys an application that does not work while `work` goes on, and mends it afterwards. */
  async whileBroken(breakage: Breakage, work: () => Promise<void>): Promise<void> {
    // One that is ready serves at once, and takes with it what it has when it dies.
    const isOver = this.ledger.harmStrangers(this.workers);
    this.site.break(breakage);
    try {
      await work();
    } finally {
      isOver();
      this.site.mend();
    }
    mustHold(
      this.workers.every(isRunning),
      () => 'A worker of the old generation has gone, though the new one does not work.',
    );
  }

  /** Has whichever worker answers do harm to itself, and returns its process id. */
  async harm(kind: Harm): Promise<number> {
    const fromUs = nowUs();
    const pid = Number(await this.site.ask(`/harm/${kind}`));
    this.ledger.harm(pid, fromUs);
    return pid;
  }

  /** Sends a signal to the supervisor, and returns when that was, in milliseconds since the epoch. */
  signal(signal: NodeJS.Signals): number {
    const atMs = Date.now();
    send(this.before.pid, signal);
    return atMs;
  }

  /** Runs a command that must end with `code`, and one of whose words must match `says`. */
  async command(args: readonly string[], code: number, says?: RegExp): Promise<Outcome> {
    const outcome = await this.site.run(...args);
    expectOutcome(outcome, [code], says);
    return outcome;
  }

  /** Waits until the supervisor tells how a reload ended that was asked for at `sinceMs` or later. */
  async reloaded(sinceMs: number): Promise<string> {
    return waitFor('the outcome of the reload', async () => {
      const { lastReload, phase } = (await this.site.status()) ?? {};
      const isDone = phase === 'ready' && Date.parse(lastReload?.at ?? '') >= sinceMs;
      return isDone ? lastReload?.result : undefined;
    });
  }

  /** Waits until another process is the supervisor, and the old one has gone. */
  async succeeded(): Promise<void> {
    const { pid } = this.before;
    await waitFor('the successor', () => this.site.pid !== pid && !isRunning(pid));
    this.supervisor = 'successor';
  }

  /** Starts the service by `starters` commands at once, of which one must succeed. */
  async start(starters: number): Promise<void> {
    const all = Array.from({ length: starters }, () => this.site.run('serve', '-d'));
    const outcomes = await Promise.all(all);
    const started = outcomes.filter(({ code }) => code === 0);
    mustHold(
      started.length === 1,
      () => `${started.length} of ${starters} starts succeeded:\n${outcomes.map(said).join('\n')}`,
    );
    for (const outcome of outcomes) {
      if (outcome.code !== 0) expectOutcome(outcome, [1], /already|runs|holds/i);
    }
    this.supervisor = 'started';
  }
}

/** Throws unless a command ended as it should. */
export function expectOutcome(outcome: Outcome, codes: readonly number[], says?: RegExp): void {
  const isCode = outcome.code !== null && codes.includes(outcome.code);
  const isSaid = says === undefined || says.test(`${outcome.stdout}${outcome.stderr}`);
  if (isCode && isSaid) return;
  const wanted = says === undefined ? '' : ` and ${String(says)}`;
  throw new Violation(`Wanted exit status ${codes.join(' or ')}${wanted}, got: ${said(outcome)}`);
}

/** What a command said, for a report. */
function said({ words, code, stdout, stderr }: Outcome): string {
  return `"${words}" ended with ${code}: ${`${stdout}${stderr}`.trim()}`;
}
