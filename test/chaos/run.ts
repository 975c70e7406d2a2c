/**
 * The long form, `npm run test:chaos`: every kind of fault, again and again.
 *
 * CHAOS_SEED repeats a run, CHAOS_MINUTES (default 4) says how long it goes on, CHAOS_STEPS how many steps
 * it takes at most, CHAOS_FAULTS which faults it brings: words of their names, separated by commas. Exits 1
 * when something does not hold, and tells how to repeat it.
 */

import { chaos } from './chaos.js';
import { FAULTS } from './faults.js';
import type { Fault } from './scene.js';

const { env } = process;
const seed = Number(env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const minutes = Number(env['CHAOS_MINUTES'] ?? 4);
const steps = Number(env['CHAOS_STEPS'] ?? Infinity);
const words = (env['CHAOS_FAULTS'] ?? '').split(',').filter((word) => word !== '');

function chosen(): readonly Fault[] {
  return FAULTS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

const endMs = performance.now() + minutes * 60_000;
tell(`Seed ${seed}, ${minutes} minutes.`);
try {
  const {
    answered,
    excused,
    mostMib,
    steps: done,
  } = await chaos({
    seed,
    faults: chosen(),
    clients: 4,
    goesOn: (step) => step <= steps && performance.now() < endMs,
    tell,
  });
  tell(
    `${done} steps, ${answered} answers. Lost: ${excused.withWorkers} with the worker that had them, ` +
      `${excused.inOutages} without a service, none without a reason. The supervisor took ${mostMib} MiB at most.`,
  );
} catch (error) {
  const filter = words.length === 0 ? '' : `CHAOS_FAULTS='${words.join(',')}' `;
  tell(error instanceof Error ? error.message : String(error));
  tell(`Repeat it: ${filter}CHAOS_SEED=${seed} npm run test:chaos`);
  process.exitCode = 1;
}
