/** Chaos: one fault after the other under load, and what must hold after each of them. */

import type { ServiceStatus } from '../../internal/instance/index.js';
import { LogWatch, Meter, settle } from './inspection.js';
import type { Figures } from './inspection.js';
import { Ledger } from './ledger.js';
import { isRunning } from './process.js';
import { random } from './random.js';
import { Scene } from './scene.js';
import type { Fault } from './scene.js';
import { Site } from './site.js';
import { startTraffic } from './traffic.js';
import type { Traffic } from './traffic.js';
import { Violation, mustHold } from './violation.js';

/** Answers that must be right before a step is over. */
const ANSWERS = 40;

export interface ChaosOptions {
  /** The same seed brings the same faults in the same order, chosen in the same way. */
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Clients of each of the two kinds: with fresh connections, and with kept ones. */
  readonly clients: number;
  /** Whether there is another step; asked with the number of the next, from 1. */
  readonly goesOn: (step: number) => boolean;
  /** Is told each step, one line for people. */
  readonly tell: (line: string) => void;
}

export interface Summary {
  readonly steps: number;
  readonly answered: number;
  /** Requests that were lost, and might be. */
  readonly excused: Ledger['excused'];
  readonly mostMib: number;
}

/**
 * Starts a service and its load, and brings fault after fault over them: all of them in an order of
 * chance, then all of them again.
 *
 * @throws Violation (rejection) when something does not hold; the files are kept then.
 */
export async function chaos(options: ChaosOptions): Promise<Summary> {
  const site = await Site.create();
  let files: 'keep' | 'remove' = 'keep';
  try {
    const { code, stderr } = await site.run('serve', '-d');
    mustHold(code === 0, () => `The service does not start: ${stderr}`);
    const run = new Run(site, options, await settle(site));
    const summary = await run.all();
    files = 'remove';
    return summary;
  } catch (error) {
    options.tell(`\nThe last lines of ${site.logFile}:\n${site.logTail(40)}`);
    options.tell(`\nThe processes:\n${site.describeProcesses()}`);
    options.tell(`\nThe status:\n${JSON.stringify(await site.status())}\n`);
    throw error;
  } finally {
    await site.leave(files);
  }
}

class Run {
  readonly #site: Site;
  readonly #options: ChaosOptions;
  readonly #traffic: Traffic;
  readonly #ledger: Ledger;
  readonly #meter = new Meter();
  readonly #log: LogWatch;
  #before: ServiceStatus;
  #role: 'started' | 'successor' = 'started';

  constructor(site: Site, options: ChaosOptions, before: ServiceStatus) {
    this.#site = site;
    this.#options = options;
    this.#before = before;
    this.#ledger = new Ledger(site.seen);
    this.#log = new LogWatch(site.logFile);
    this.#traffic = startTraffic(site.url, options.clients);
  }

  async all(): Promise<Summary> {
    try {
      await this.#traffic.sample(ANSWERS);
      await this.#meter.measure(this.#before.pid, this.#role);
      const steps = await this.#steps();
      await this.#traffic.stop();
      await this.#expectNoLoss();
      const { answered } = this.#traffic;
      const { excused } = this.#ledger;
      return { steps, answered, excused, mostMib: this.#meter.mostMib };
    } finally {
      this.#traffic.kill();
    }
  }

  async #steps(): Promise<number> {
    const { seed, goesOn } = this.#options;
    const next = this.#order();
    for (let step = 1; ; step += 1) {
      if (!goesOn(step)) return step - 1;
      await this.#step(step, next(), random(seed + step));
    }
  }

  /** Returns what returns the next fault: each of them once, in an order of chance, then again. */
  #order(): () => Fault {
    const { seed, faults } = this.#options;
    const chance = random(seed);
    const bag: Fault[] = [];
    return () => {
      if (bag.length === 0) bag.push(...chance.shuffle(faults));
      const fault = bag.shift();
      if (fault === undefined) throw new Error('There are no faults.');
      return fault;
    };
  }

  async #step(number: number, fault: Fault, chance: Scene['random']): Promise<void> {
    const begunMs = performance.now();
    const scene = new Scene({
      site: this.#site,
      ledger: this.#ledger,
      random: chance,
      before: this.#before,
    });
    try {
      await fault.run(scene);
      const figures = await this.#inspect(scene);
      const seconds = ((performance.now() - begunMs) / 1000).toFixed(1);
      this.#options.tell(`${label(number, fault, scene)}: ${tellFigures(figures)}, ${seconds} s`);
    } catch (error) {
      throw new Violation(`Step ${label(number, fault, scene)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #inspect(scene: Scene): Promise<Figures> {
    const status = await settle(this.#site);
    this.#expectSupervisor(scene, status);
    await this.#expectVersion(scene.version, status);
    await this.#expectNoLoss();
    const faults = this.#log.takeFaults();
    mustHold(faults.length === 0, () => `The log tells of ${faults.join('\n')}`);
    this.#before = await settle(this.#site);
    return this.#meter.measure(status.pid, this.#role);
  }

  /** The supervisor is the same one, or another, as the fault says. */
  #expectSupervisor({ supervisor, before }: Scene, { pid }: ServiceStatus): void {
    const isOther = pid !== before.pid;
    if (supervisor !== 'same') this.#role = supervisor;
    const wanted = supervisor === 'same' ? 'the same' : 'another';
    mustHold(
      isOther === (supervisor !== 'same') && (!isOther || !isRunning(before.pid)),
      () => `Supervisor ${pid} serves after ${before.pid}; it was to be ${wanted}.`,
    );
  }

  /** From now on everybody answers with the right version, and is a worker of the service. */
  async #expectVersion(version: number, { workers }: ServiceStatus): Promise<void> {
    const { answers } = await this.#traffic.sample(ANSWERS);
    const right = workers.map(({ pid }) => `${version} ${pid}`);
    const wrong = Object.entries(answers).filter(([answer]) => !right.includes(answer));
    mustHold(
      wrong.length === 0,
      () =>
        `Version ${version} was to be answered by ${right.join(' or ')}, got ${wrong.join('; ')}.`,
    );
  }

  async #expectNoLoss(): Promise<void> {
    const guilty = await this.#ledger.judge(this.#traffic.takeLost(), this.#traffic.clients);
    mustHold(guilty.length === 0, () => guilty.join('\n'));
  }
}

function label(number: number, { name }: Fault, { notes }: Scene): string {
  return `${number}, ${name}${notes === '' ? '' : ` (${notes})`}`;
}

function tellFigures({ pid, memoryMib, descriptors }: Figures): string {
  return `process ${pid}, ${memoryMib} MiB, ${descriptors} descriptors`;
}

function messageOf(error: unknown): string {
  return error instanceof Violation ? error.message : `An unforeseen error: ${String(error)}`;
}
