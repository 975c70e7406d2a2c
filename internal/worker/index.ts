/**
 * Package worker: background processes as the manual describes them: a script below `workers/`, whose
 * function is called again and again, configured by a tree of files, registered in PostgreSQL, started,
 * stopped and watched by its own command line.
 *
 * `main(workerFunction)` is the whole program; all the functions that it is made of are here too, under
 * the manual's names in camelCase, each reading only the keys of the dictionary that the manual lists.
 *
 * Where things are, with the script `<root>/workers/opentdb/get.ts` (type `opentdb.get`):
 * `<root>/pid/opentdb.get/<worker_id>.pid` with its lock, `<root>/log/opentdb.get/<worker_id>.log`,
 * `<root>/.host_id`; configuration in `uniphant.conf` of every folder from the script's up to the root,
 * secrets in `~/.uniphant/secrets/…/secrets.conf`.
 *
 * What it promises: one process for a worker, by a lock of the kernel; a heartbeat by a clock of its own
 * (`heartbeat_ms`, 10 s), however long a call takes; a database that is away never ends a worker; a
 * failing worker function is called again after a pause that grows from 100 ms to 30 s (a worker that a
 * supervisor started ends after 5 failures in a row, `max_failures`, and is started afresh); whoever
 * tells a worker to end is obeyed within `grace_ms`, or the worker ends with an error that says so.
 *
 * Keys that it knows beside those of the database: `log_level`, `heartbeat_ms`, `lost_after_ms`,
 * `pause_ms`, `grace_ms`, `stop_timeout_ms`, `max_failures`; see `Settings`.
 *
 * Only `main` ends the process. What it does not do: read secrets aloud. Their values are taken out of
 * every line of the log.
 *
 * Source: seed 001, the whole of it; R-UNI-1…74, 87.
 */

export { alive } from './alive.js';
export { ask } from './commands.js';
export type { Question } from './commands.js';
export { connectToDatabase } from './database.js';
export type { Connecting } from './database.js';
export type { Config, Dictionary, InitialConfig, Origin, Origins } from './dictionary.js';
export { readConfigFiles, readSecretConfigFiles } from './files.js';
export type { Located } from './files.js';
export { setupLogging } from './logging.js';
export type { Logged, Logger, WorkerLog } from './logging.js';
export { main } from './main.js';
export { parseKeyValueFormat } from './parse.js';
export {
  getPidFilePath,
  getPidForRunningProcess,
  isParentAlive,
  isPidAlive,
  stopRunningProcess,
} from './processes.js';
export type { StopOptions } from './processes.js';
export { disconnect, keepalive, registerHost, registerProcess } from './registration.js';
export { run } from './run.js';
export type { WorkerFunction } from './run.js';
export { detailsOf, getCallingFilePath, getScriptDetails } from './script.js';
export type { ScriptDetails } from './script.js';
export type { Level, Settings } from './settings.js';
export { getOrCreateHostId, isValidUuid, setupConfig } from './setup.js';
export type { SetupOptions } from './setup.js';
export { startDaemon } from './start-daemon.js';
export type { DaemonStart } from './start-daemon.js';
export { isTerminationRequested, signalHandler } from './termination.js';
