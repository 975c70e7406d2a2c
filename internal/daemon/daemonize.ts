/** One program that is both: the command that starts the daemon, and the daemon. */

import * as errors from '../errors/index.js';
import { handshake } from './handshake.js';
import { launch } from './launch.js';

/** How the daemon starts, and where its output goes. */
export interface DaemonizeOptions {
  /** File that takes the daemon's stdout, appended to, made with mode 0640 when missing. */
  readonly stdout: string;
  /** File that takes the daemon's stderr; default: that of stdout. */
  readonly stderr?: string;
  /** How long the daemon may take to call `ready`; default 30,000. */
  readonly timeoutMs?: number;
  /** Working directory of the daemon; default: that of this process. */
  readonly cwd?: string;
  /** Gives the start up: the daemon is stopped. */
  readonly signal?: AbortSignal;
}

/** Which of the two this process is, and what it may do. */
export type Daemonized =
  | {
      readonly role: 'parent';
      /** Process id of the daemon. */
      readonly pid: number;
      /** What the daemon passed to `ready`. */
      readonly info: unknown;
    }
  | {
      readonly role: 'daemon';
      /** Says that the service stands; the parent returns from `daemonize`. Rejects with CANCELED when it left. */
      ready(info?: unknown): Promise<void>;
      /** Says why it does not; the parent throws it. The process must end after it. */
      failed(error: unknown): void;
    };

/** As long as systemd's patience is short of ours: a service that boots slower says so. */
const TIMEOUT_MS = 30_000;

/**
 * Runs this script again as a daemon, with the same arguments and flags of node.
 *
 * In the parent it returns when the daemon has called `ready`; in the daemon it returns at once. An
 * error that nobody catches in the daemon before `ready` is told to the parent by itself.
 *
 * @throws RodentError in the parent: as `launch`.
 * @example
 * import http from 'node:http';
 * import { once } from 'node:events';
 * import * as lifecycle from 'rodent/lifecycle';
 *
 * const self = await lifecycle.daemonize({ stdout: 'hello.log' });
 * if (self.role === 'parent') {
 *   process.stdout.write(`hello runs as process ${self.pid}\n`);
 * } else {
 *   await lifecycle.run(async (life) => {
 *     const server = http.createServer((_, response) => response.end('hello\n')).listen(8080);
 *     await once(server, 'listening');
 *     life.registerShutdownHook('http', () => server.close());
 *     await self.ready();
 *   });
 * }
 */
export async function daemonize(options: DaemonizeOptions): Promise<Daemonized> {
  const own = handshake();
  if (own.role === 'daemon') {
    return {
      role: 'daemon',
      ready: async (info) => void (await own.ready(info)),
      failed: (error) => own.failed(error),
    };
  }
  const { stdout, stderr = stdout, timeoutMs = TIMEOUT_MS } = options;
  const script = runningScript();
  const settings = { ...options, script, arguments: process.argv.slice(2) };
  return { role: 'parent', ...(await launch({ ...settings, stdout, stderr, timeoutMs })) };
}

function runningScript(): string {
  const script = process.argv[1];
  if (script !== undefined) return script;
  throw new errors.RodentError('Cannot daemonise: this process runs no script.', { code: 'USAGE' });
}
