/** The guard: one tiny process that ends the programs of a supervisor that was killed. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';

/**
 * Lines in, KILL at the end of the file. What it does while it waits is nothing; the loop forgets in
 * shell variables, so no other program is needed.
 */
const SCRIPT = `
trap '' TERM INT HUP QUIT USR1 USR2 TSTP
groups=
while read -r word pgid; do
  rest=
  for each in $groups; do [ "$each" = "$pgid" ] || rest="$rest $each"; done
  groups=$rest
  [ "$word" = add ] && groups="$groups $pgid"
done
for each in $groups; do kill -s KILL -- "-$each"; done
exit 0
`;

/** A guard that lives shorter (ms) than this has failed; after so many in a row none is started. */
const SHORT_LIFE_MS = 1_000;
const FAILURES = 5;

/** How a guard is opened. */
export interface GuardOptions {
  /** Hears that the guard is gone and could not be replaced: programs would outlive a kill -9. */
  readonly onLost?: (error: Error) => void;
}

/** See `openGuard`. */
export interface Guard {
  /** The process id of the guard; NaN while there is none. */
  readonly pid: number;
  /** From now on the process group `pgid` dies with this process. */
  add(pgid: number): void;
  /** Takes a group off the list; call it once its leader is reaped, before the number can come round. */
  remove(pgid: number): void;
  /** Ends the guard, which kills what is still on its list; resolves once it has gone. */
  close(): Promise<void>;
}

/**
 * Starts the guard: a `/bin/sh` in its own session that holds the reading end of a pipe whose writing
 * end only this process has. However this process ends, also by KILL, the kernel closes the pipe, and
 * the guard kills every group on its list. One that has been killed itself is replaced.
 *
 * It does not keep this process alive. Between the start of a program and `add` lie some microseconds
 * in which nobody guards it; a leader that leaves its group by itself (a daemon) is not guarded.
 */
export function openGuard(options: GuardOptions = {}): Guard {
  return new ShellGuard(options);
}

class ShellGuard implements Guard {
  readonly #options: GuardOptions;
  readonly #groups = new Set<number>();
  #shell: ChildProcess;
  #isClosed = false;
  #failures = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#shell = this.#start();
  }

  get pid(): number {
    const { pid, exitCode, signalCode } = this.#shell;
    return exitCode === null && signalCode === null ? (pid ?? Number.NaN) : Number.NaN;
  }

  add(pgid: number): void {
    // To kill(2), 0 and 1 as groups are ourselves and everybody; NaN is what could not be started.
    if (!Number.isSafeInteger(pgid) || pgid < 2) return;
    this.#groups.add(pgid);
    this.#tell('add', pgid);
  }

  remove(pgid: number): void {
    if (this.#groups.delete(pgid)) this.#tell('del', pgid);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const shell = this.#shell;
    if (Number.isNaN(this.pid)) return;
    shell.ref();
    shell.stdin?.end();
    await once(shell, 'exit');
  }

  #start(): ChildProcess {
    const startedAt = clock.monotonicMs();
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'rodent-guard'], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell.once('error', (error) => this.#lose(error));
    shell.once('exit', () => this.#replace(startedAt));
    // A guard that has gone says so by its exit.
    shell.stdin?.on('error', () => undefined);
    shell.unref();
    if (shell.stdin instanceof net.Socket) shell.stdin.unref();
    return shell;
  }

  /** A pipe takes such a line at once and in one piece. */
  #tell(word: 'add' | 'del', pgid: number): void {
    if (!this.#isClosed) this.#shell.stdin?.write(`${word} ${pgid}\n`);
  }

  #replace(startedAt: number): void {
    if (this.#isClosed) return;
    const isShort = clock.monotonicMs() - startedAt < SHORT_LIFE_MS;
    this.#failures = isShort ? this.#failures + 1 : 0;
    if (this.#failures === FAILURES) {
      this.#lose(new Error('it keeps ending at once'));
      return;
    }
    this.#shell = this.#start();
    for (const pgid of this.#groups) this.#tell('add', pgid);
  }

  #lose(cause: Error): void {
    const detail = `Programs would outlive a killed supervisor: their guard is gone (${cause.message}).`;
    this.#options.onLost?.(new errors.RodentError(detail, { code: 'START_FAILED', cause }));
  }
}
