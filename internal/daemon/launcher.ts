/**
 * The program between a command and its daemon: it exists because daemonize-process ends the process
 * that calls it. It starts the daemon, tells the command its process id, and exits.
 *
 * Descriptors: 2 to the command, 3 the handshake's pipe, 4 and 5 the daemon's stdout and stderr.
 * The one argument: JSON of LauncherOrder.
 */

import { ChildProcess } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import fs from 'node:fs';

import { daemonizeProcess } from 'daemonize-process';

import type { Message } from './channel.js';
import * as handover from './handover.js';

/** What the launcher is told to start. */
export interface LauncherOrder {
  /** The node binary. */
  readonly node: string;
  /** Flags of node, the script and its arguments. */
  readonly words: readonly string[];
}

const PIPE = 3;
const STDOUT = 4;
const STDERR = 5;

/** daemon(7) step 10; Rodent's context: Umask 027 (R-ROD-22). */
const UMASK = 0o027;

/** Close-on-exec in the flags of /proc/self/fdinfo; fcntl(2), octal as the kernel writes it. */
const CLOSE_ON_EXEC = 0o2000000;

main();

function main(): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by launch() of this very version
  const order = JSON.parse(process.argv[2] ?? '') as LauncherOrder;
  closeStrays();
  process.umask(UMASK);
  const pipeId = handover.fileId(PIPE);
  handover.leave(process.env, {
    role: 'daemon',
    pipe: PIPE,
    inherited: {},
    ...(pipeId === undefined ? {} : { pipeId }),
  });
  reportAtExit(order);
  const [script = '', ...rest] = order.words;
  // Without `env`: it would replace the environment that holds the library's own mark, and each
  // generation would start the next, for ever. Flags of node go first, hence in place of the script.
  daemonizeProcess({
    node: order.node,
    script,
    arguments: rest,
    stdio: ['ignore', STDOUT, STDERR, PIPE],
  });
}

/** Closes what the command inherited from its own starter and would leak into the daemon. daemon(7) step 1. */
function closeStrays(): void {
  for (const name of list('/proc/self/fd')) {
    const fd = Number(name);
    if (fd > STDERR && isInheritable(fd)) fs.closeSync(fd);
  }
}

function list(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    // No /proc: node has set close-on-exec on the low descriptors already.
    return [];
  }
}

function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
    return flags !== null && (Number.parseInt(flags[1] ?? '', 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The descriptor of the listing itself, closed by now.
    return false;
  }
}

/** daemonize-process exits in the statement after its spawn; only an exit listener sees what came of it. */
function reportAtExit({ node }: LauncherOrder): void {
  let daemon: ChildProcess | undefined;
  diagnostics.subscribe('child_process', (message) => {
    if (
      message instanceof Object &&
      'process' in message &&
      message.process instanceof ChildProcess
    )
      daemon = message.process;
  });
  process.on('exit', () => {
    if (daemon?.pid !== undefined) tell({ type: 'launched', pid: daemon.pid });
    else tell({ type: 'failed', detail: `Cannot start "${node}".`, code: 'START_FAILED' });
  });
}

function tell(message: Message): void {
  fs.writeSync(PIPE, `${JSON.stringify(message)}\n`);
}
