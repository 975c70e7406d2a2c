/** What must hold of the service once it has settled. */

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServiceStatus } from '../../internal/instance/index.js';
import { descriptorsOf, memoryOf, zombiesOf } from './process.js';
import { WORKERS } from './site.js';
import type { Site } from './site.js';
import { Violation, mustHold, waitFor } from './violation.js';

/** More than a supervisor, which serves nothing itself, ever needs, in MiB. */
const MOST_MEMORY_MIB = 200;

/** What lies in the folder of the lock while a service runs. */
const RUN_FILES = ['control.sock', 'rodent.pid', 'rodent.pid.lock', 'rodent.pid.state'];

/** What a step left the supervisor with. */
export interface Figures {
  readonly pid: number;
  readonly memoryMib: number;
  readonly descriptors: number;
}

/** Waits until the service is settled and returns what it says of itself then. */
export async function settle(site: Site): Promise<ServiceStatus> {
  const last: { complaints: readonly string[] } = { complaints: [] };
  try {
    return await waitFor('the service to settle', async () => {
      const status = await site.status();
      last.complaints = complaints(site, status);
      return last.complaints.length === 0 ? status : undefined;
    });
  } catch (error) {
    throw new Violation(`The service does not settle: ${last.complaints.join('; ')}.`, {
      cause: error,
    });
  }
}

/** Why the service is not settled, or not what it says; empty when all is well. */
function complaints(site: Site, status: ServiceStatus | undefined): readonly string[] {
  if (status === undefined) return ['nobody answers on the control socket'];
  const { pid, phase, generation, wanted, workers, pending } = status;
  const states = workers.map(({ state, isSuspended }) => (isSuspended ? 'suspended' : state));
  const pids = workers.map((worker) => worker.pid ?? 0);
  const generations = [...new Set(workers.map((worker) => worker.generation))];
  return [
    ...unequal('the phase', phase, 'ready'),
    ...unequal('the number of workers wanted', wanted, WORKERS),
    ...unequal('the workers', states.join(', '), 'RUNNING, RUNNING'),
    ...unequal('their generations', generations.join(), String(generation)),
    ...unequal('what a stop waits for', pending.join(), ''),
    ...unequal('the processes', sorted(site.processes), sorted([pid, ...pids])),
    ...unequal('the PID file', site.pid, pid),
    ...unequal('the recorded workers', sorted(recordedIn(site.runDir)), sorted(pids)),
    ...unequal(
      'the files beside the lock',
      fs.readdirSync(site.runDir).toSorted().join(),
      RUN_FILES.join(),
    ),
    ...unequal('their names', new Set(workers.map(({ name }) => name)).size, WORKERS),
    ...unequal('the zombies', zombiesOf(pid).join(), ''),
  ];
}

function unequal(what: string, is: unknown, shouldBe: unknown): readonly string[] {
  return is === shouldBe ? [] : [`${what}: ${String(is)} instead of ${String(shouldBe)}`];
}

function sorted(pids: readonly number[]): string {
  return pids.toSorted((one, other) => one - other).join(', ');
}

/** The processes that the next start would look for if this one were killed. */
function recordedIn(runDir: string): readonly number[] {
  try {
    const text = fs.readFileSync(path.join(runDir, 'rodent.pid.state'), 'utf8');
    const { workers } = JSON.parse(text) as { readonly workers?: readonly { pid: number }[] };
    return (workers ?? []).map(({ pid }) => pid);
  } catch {
    return [];
  }
}

/** Watches what a supervisor has open, and how much memory it takes, from step to step. */
export class Meter {
  /** What was open at first, for one that was started and for one that took over. */
  readonly #levels = new Map<'started' | 'successor', readonly string[]>();
  #mostMib = 0;

  get mostMib(): number {
    return this.#mostMib;
  }

  /** @throws Violation when more is open than at first, or too much memory is taken. */
  async measure(pid: number, role: 'started' | 'successor'): Promise<Figures> {
    const open = await fewest(pid, this.#levels.get(role)?.length ?? 0);
    const level = this.#levels.get(role) ?? open;
    this.#levels.set(role, level);
    const memoryMib = memoryOf(pid);
    this.#mostMib = Math.max(this.#mostMib, memoryMib);
    mustHold(
      open.length <= level.length,
      () => `${open.length} descriptors are open, ${level.length} at first:\n${open.join('\n')}`,
    );
    mustHold(memoryMib <= MOST_MEMORY_MIB, () => `The supervisor takes ${memoryMib} MiB.`);
    return { pid, memoryMib, descriptors: open.length };
  }
}

/** What is open when the fewest are: whoever has just asked something is still on its way out. */
async function fewest(pid: number, enough: number): Promise<readonly string[]> {
  let least = descriptorsOf(pid);
  for (let look = 0; look < 100 && (look < 10 || least.length > enough); look += 1) {
    await sleep(20);
    const open = descriptorsOf(pid);
    if (open.length < least.length) least = open;
    if (enough > 0 && least.length <= enough) break;
  }
  return least;
}

/** Reads what was logged since the last look; a fault that nobody foresaw is one too many. */
export class LogWatch {
  readonly #file: string;
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** The new lines that must not be there. */
  takeFaults(): readonly string[] {
    const text = fs.readFileSync(this.#file, 'utf8');
    const lines = text.slice(this.#offset).split('\n');
    this.#offset = text.length;
    return lines.filter((line) => /"level":"fatal"|"INTERNAL"|[Uu]nhandled/.test(line));
  }
}
