/**
 * Package registry: who runs on which host, kept in PostgreSQL for all hosts to see.
 *
 * `MIGRATIONS` makes the tables and SQL functions in the schema `rodent`. Every function is a definer
 * function with a pinned search path: the role `rodent_worker` may call it and may touch no table.
 *
 * `openRoll` keeps the processes of one supervisor registered: one statement a beat for all of them.
 * Its contract, in the order in which things may go wrong:
 *
 * - A process whose row asks for termination, or has gone, is told to `onFenced`, once.
 * - No process is ended because the database was away: after an outage as long as `lostAfterMs`, or
 *   where another server answers than before, missing rows are written again.
 * - A failure never throws out of the roll; it is told to `observe`, once until all is well again.
 * - Rows belong to the roll that registered them. Two supervisors of one host, in a hand-over, leave
 *   each other's rows alone; a process that both name goes to the one to which it is new.
 * - Rows that nobody beats for are removed by any roll of the fleet. The clock of the database judges;
 *   those of the hosts never matter. Each row is judged by the `lostAfterMs` of its own roll, which it holds.
 *
 * What not to do: index a heartbeat (see the tables), change a released migration, listen to the channel
 * `rodent_registry` as to the truth (it is a hint; the truth is `wantedWorkers`).
 *
 * Source: seed 001 "Database"; R-UNI-75…86; W-UNI-8…19; design section 6.
 */

export { hosts, list, requestTermination, scale, wantedWorkers } from './fleet.js';
export type {
  Asked,
  HostRow,
  ListOptions,
  ProcessRow,
  Scaled,
  WantedWorker,
  WorkerCount,
} from './fleet.js';
export type { Member } from './member.js';
export { MIGRATIONS } from './migrations.js';
export { openRoll } from './roll.js';
export type { Roll, RollOptions, RollStatus } from './roll-options.js';
export { describeEvent, isFailure } from './roll-event.js';
export type { Fenced, RollEvent } from './roll-event.js';
