/** The four commands of a worker script. */

import * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type { Order } from './command-line.js';
import type { Config, Dictionary } from './dictionary.js';
import * as files from './files.js';
import { setupLogging } from './logging.js';
import * as processes from './processes.js';
import { tellReady } from './readiness.js';
import type { WorkerFunction } from './run.js';
import { perform } from './run.js';
import type { ScriptDetails } from './script.js';
import { settingsOf } from './settings.js';
import { setupConfig } from './setup.js';
import { launch, runAsDaemon } from './start-daemon.js';

/** A call of a worker script. */
export interface Call {
  readonly script: string;
  readonly details: ScriptDetails;
  readonly order: Order;
  readonly workerFunction: WorkerFunction;
  /** Where somebody wants to hear that the worker runs. */
  readonly readyDescriptor: number | undefined;
  readonly life: lifecycle.Lifecycle;
  /** Says who takes what goes wrong from now on. */
  readonly tell: (tell: (text: string) => void) => void;
}

/** Source: contract of the commands; R-UNI-66…69. */
const NOT_RUNNING = 3;

/** Does what the order says and returns the exit status; never throws. */
export async function carryOut(call: Call): Promise<number> {
  try {
    switch (call.order.command) {
      case 'start':
        return await start(call);
      case 'restart':
        return await restart(call);
      case 'stop':
      case 'status':
        return await ask(call);
    }
  } catch (error) {
    const code = errors.isRodentError(error) ? error.code : 'INTERNAL';
    const own = errors.isRodentError(error) ? error.contextData['exitCode'] : undefined;
    const exit = typeof own === 'number' && own > 0 ? own : errors.exitStatus(code);
    daemon.handshake().failed(error, exit);
    process.stderr.write(`${errors.describe(error)}\n`);
    return exit;
  }
}

async function start(call: Call): Promise<number> {
  const config = await configOf(call);
  const pidFile = processes.getPidFilePath(config);
  if (daemon.handshake().role === 'daemon') return runInBackground(call, config);
  const pid = await processes.getPidForRunningProcess(pidFile);
  if (pid !== undefined) {
    process.stderr.write(`The worker runs already, as process ${pid}.\n`);
    return 1;
  }
  return begin(call, config);
}

/** The configuration is read first: a mistake in it must not cost a worker that runs. */
async function restart(call: Call): Promise<number> {
  const config = await configOf(call);
  const pidFile = processes.getPidFilePath(config);
  const { stopTimeoutMs } = settingsOf(config);
  try {
    await processes.stopRunningProcess(pidFile, { timeoutMs: stopTimeoutMs });
  } catch (error) {
    if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
  }
  return begin(call, config);
}

/** A call of a command for which no worker needs to be loaded. */
export interface Question {
  readonly details: ScriptDetails;
  readonly order: Pick<Order, 'command' | 'workerId'>;
}

/**
 * Stops the worker of a script, or tells its status, and returns the exit status. Needs neither the
 * script to load nor the database.
 *
 * @throws RodentError as `stopRunningProcess` and `getPidForRunningProcess`.
 */
export async function ask({ details, order }: Question): Promise<number> {
  const pidFile = processes.getPidFilePath({ ...details, worker_id: order.workerId });
  if (order.command === 'stop') {
    const timeoutMs = stopTimeoutOf(details);
    const pid = await processes.stopRunningProcess(pidFile, { timeoutMs });
    process.stdout.write(`stopped (PID ${pid})\n`);
    return 0;
  }
  const pid = await processes.getPidForRunningProcess(pidFile);
  process.stdout.write(pid === undefined ? 'not running\n' : `running (PID ${pid})\n`);
  return pid === undefined ? NOT_RUNNING : 0;
}

/** Starts the worker, in the foreground or in the background, where nothing runs. */
async function begin(call: Call, config: Config): Promise<number> {
  if (call.order.foreground) return runInForeground(call, config);
  const { script, life } = call;
  const pid = await launch(config, { script, signal: life.ctx.signal });
  process.stdout.write(`started (PID ${pid})\n`);
  return 0;
}

async function runInForeground(call: Call, config: Config): Promise<number> {
  const { workerFunction, readyDescriptor, life } = call;
  process.umask(0o002);
  // A reader of the output that leaves is no reason to stop: the file has it all.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const settings = settingsOf(config, readyDescriptor !== undefined);
  const log = setupLogging(config);
  call.tell((text) => log.error(text));
  const onRunning = (): void => {
    life.ready();
    tellReady(readyDescriptor);
  };
  const pidFile = processes.getPidFilePath(config);
  await perform({
    config,
    settings,
    log,
    connection: undefined,
    workerFunction,
    pidFile,
    parent: life.ctx,
    onRunning,
  });
  return 0;
}

async function runInBackground(call: Call, config: Config): Promise<number> {
  const { workerFunction, life } = call;
  const pidFile = processes.getPidFilePath(config);
  await runAsDaemon({ config, workerFunction, pidFile, parent: life.ctx });
  return 0;
}

function configOf({ details, order }: Call): Promise<Config> {
  const { workerId, foreground } = order;
  return setupConfig({ details, workerId, foreground });
}

/** A mistake in the files must not keep a worker from being stopped. */
function stopTimeoutOf(details: ScriptDetails): number {
  try {
    return settingsOf(files.readConfigFiles<ScriptDetails & Dictionary>({ ...details }))
      .stopTimeoutMs;
  } catch (error) {
    process.stderr.write(`${errors.describe(error)}\nStopping all the same.\n`);
    return settingsOf({}).stopTimeoutMs;
  }
}
