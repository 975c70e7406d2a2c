/**
 * Package worker: background processes below `workers/`, configured by a tree of files, registered in
 * PostgreSQL, each with a command line of its own.
 *
 * `main` is a whole worker script. The functions that it is made of can be called one by one; where
 * things are, what is promised, and which keys the configuration has: see `internal/worker`.
 *
 * @example
 * // workers/queue/take.ts; run as: rodent worker start <worker_id> workers/queue/take.ts
 * import * as worker from 'rodent/worker';
 *
 * await worker.main(async (config, log, db, ctx) => {
 *   const { rows } = await db.query('select * from tasks_next($1)', [config.process_id]);
 *   for (const task of rows) {
 *     if (ctx.err !== undefined) return;
 *     log.info(`Task ${task.id}.`);
 *   }
 * });
 */

export type { CancelContext, Context } from '../../internal/context/index.js';
export { RodentError, isRodentError } from '../../internal/errors/index.js';
export type { Code, RodentErrorOptions } from '../../internal/errors/index.js';
export type {
  AnyRow,
  Database,
  QueryOptions,
  Result,
  Session,
  SessionOptions,
  Transaction,
  TransactionOptions,
} from '../../internal/postgres/index.js';
export {
  alive,
  connectToDatabase,
  disconnect,
  getCallingFilePath,
  getOrCreateHostId,
  getPidFilePath,
  getPidForRunningProcess,
  getScriptDetails,
  isParentAlive,
  isPidAlive,
  isTerminationRequested,
  isValidUuid,
  keepalive,
  main,
  parseKeyValueFormat,
  readConfigFiles,
  readSecretConfigFiles,
  registerHost,
  registerProcess,
  run,
  setupConfig,
  setupLogging,
  signalHandler,
  startDaemon,
  stopRunningProcess,
} from '../../internal/worker/index.js';
export type {
  Config,
  Connecting,
  DaemonStart,
  Dictionary,
  InitialConfig,
  Level,
  Located,
  Logged,
  Logger,
  Origin,
  Origins,
  ScriptDetails,
  Settings,
  SetupOptions,
  StopOptions,
  WorkerFunction,
  WorkerLog,
} from '../../internal/worker/index.js';
