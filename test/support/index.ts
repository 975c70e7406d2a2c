/**
 * Package support: what tests with real processes share.
 *
 * Everything made here cleans up after itself when its test ends: folders are removed, processes are
 * killed, and a process that a test left behind fails the test that left it.
 */

export { freePort } from './port.js';
export { proxy } from './proxy.js';
export type { Proxy } from './proxy.js';
export { spawnNode } from './process.js';
export type { Ending, Program, SpawnOptions } from './process.js';
export { administrate, database } from './database.js';
export type { TestDatabase } from './database.js';
export { fleet } from './fleet.js';
export type { Fleet, FleetProcess, FleetRow, Host, HostOptions } from './fleet.js';
export { tempDir } from './folder.js';
export { imports, linesWith, production, root, sources } from './source.js';
export type { Import, Source } from './source.js';
export { stateOf } from './state.js';
export { until } from './until.js';
export { allRun, supervised } from './workers.js';
export type { Supervised } from './workers.js';
export { PROGRAM, processesIn, project } from './rodent.js';
export type { Outcome, Project } from './rodent.js';
export { load } from './load.js';
export type { Lost, Traffic } from './load.js';
export { becomeNobody, canBecomeNobody, giveToNobody, readableProgram } from './nobody.js';
