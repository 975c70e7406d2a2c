/** The whole program of a worker script: its command line, its commands, its end. */

import path from 'node:path';

import * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import * as lifecycle from '../lifecycle/index.js';
import type { Order } from './command-line.js';
import * as commandLine from './command-line.js';
import { carryOut } from './commands.js';
import type { Call } from './commands.js';
import { takeReadyDescriptor } from './environment.js';
import * as files from './files.js';
import type { WorkerFunction } from './run.js';
import type { ScriptDetails } from './script.js';
import { detailsOf, getCallingFilePath } from './script.js';
import { settingsOf } from './settings.js';
import { signalHandler } from './termination.js';

/** What a worker needs beside the grace of its function: the farewell to the database. */
const FAREWELL_MS = 10_000;
/** How long the commands that only ask may take to end when they are interrupted. */
const COMMAND_MS = 100;

/**
 * Is a worker script: reads the command line and does what it says, then ends the process.
 *
 * `<worker_id> start` runs `workerFunction` again and again in the background, with `-f` here; `restart`
 * stops first, `stop` stops, `status` tells. `stop` and `status` need neither the database nor a valid
 * configuration. Exit status: 0 done or running, 1 failed (already running, not running), 2 usage or
 * configuration, 3 not running (`status`), 124 not stopped in time.
 *
 * @example
 * import * as worker from 'rodent/worker';
 *
 * await worker.main(async (config, log, db, ctx) => {
 *   const { rows } = await db.query('select * from next_task()', [], { signal: ctx.signal });
 *   log.info(`Got ${rows.length}.`);
 * });
 *
 * Source: seed 001 section 8; R-UNI-31, R-UNI-60…72.
 */
export function main(workerFunction: WorkerFunction): Promise<void> {
  process.on('SIGTERM', signalHandler);
  process.on('SIGINT', signalHandler);
  const readyDescriptor = takeReadyDescriptor();
  // Taken at once, so that no child inherits the words of a start.
  daemon.handshake();
  const plan = planOf(process.argv.slice(2));
  if ('status' in plan) return end(plan);
  return live({ ...plan, workerFunction, readyDescriptor });
}

/** A command line that is not carried out: what to say, where, and the exit status. */
interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly to: 'stdout' | 'stderr';
  readonly error?: unknown;
}

type Plan = Pick<Call, 'script' | 'details' | 'order'>;

/** Before anything is awaited: the calling script is found on the stack. */
function planOf(words: readonly string[]): Plan | Refusal {
  let script = 'worker';
  try {
    script = getCallingFilePath();
    const order: Order | 'help' = commandLine.read(words);
    const usage = commandLine.usage(path.basename(script));
    if (order === 'help') return { status: 0, text: usage, to: 'stdout' };
    return { script, order, details: detailsOf(script) };
  } catch (error) {
    const code = errors.isRodentError(error) ? error.code : 'INTERNAL';
    const usage = code === 'USAGE' ? `\n${commandLine.usage(path.basename(script))}` : '';
    const text = `${errors.describe(error)}\n${usage}`;
    return { status: errors.exitStatus(code), text, to: 'stderr', error };
  }
}

async function end({ status, text, to, error }: Refusal): Promise<void> {
  if (error !== undefined) daemon.handshake().failed(error, status);
  await lifecycle.run(
    (life) => {
      process[to].write(text);
      void life.shutdown({ kind: 'completed' });
    },
    { beforeExit: () => status },
  );
}

async function live(call: Omit<Call, 'life' | 'tell'>): Promise<void> {
  const { command } = call.order;
  const isWorker = command === 'start' || command === 'restart';
  const hookMs = isWorker ? graceOf(call.details) + FAREWELL_MS : COMMAND_MS;
  // Until the log is open, and for the commands that have none, what goes wrong is said on stderr.
  let tell = tellStderr;
  let status = 0;
  await lifecycle.run(
    async (life) => {
      status = await carryOut({ ...call, life, tell: (other) => (tell = other) });
      void life.shutdown({ kind: 'completed' });
    },
    {
      name: call.details.worker_type,
      hookMs,
      graceMs: hookMs + FAREWELL_MS,
      observe: (event) => {
        if (lifecycle.isFailure(event)) tell(lifecycle.describeEvent(event));
      },
      beforeExit: ({ exitCode }) => (status === 0 ? exitCode : status),
    },
  );
}

/** What the files say of the grace; a mistake in them is told when they are read in earnest. */
function graceOf(details: ScriptDetails): number {
  try {
    return settingsOf(files.readConfigFiles({ ...details })).graceMs;
  } catch {
    return settingsOf({}).graceMs;
  }
}

function tellStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}
