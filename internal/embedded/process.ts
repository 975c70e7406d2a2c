/** The server as a process that the supervisor keeps: started by us, or adopted. */

import { setTimeout as sleep } from 'node:timers/promises';

import type * as child from '../child/index.js';
import type { Base } from './adopted.js';
import { fault, isFull, reasonOf } from './fault.js';
import { bound } from './log.js';
import { readNote } from './postmaster.js';

/** What is known about the server beside its process. */
export interface About {
  /** The folder that it serves. */
  readonly data: string;
  readonly log: string;
  /** Its last words. */
  readonly words: () => readonly string[];
  /** Resolves when it answers to its address. */
  readonly requireAnswer: () => Promise<void>;
}

/** How often (ms) is looked whether it is ready. */
const LOOK_MS = 10;
/** How often (ms) its log is looked at. */
const BOUND_MS = 60_000;
/** An immediate stop gives the server's processes 5 s, then it kills them; so KILL comes later (ms). */
const KILL_MS = 8_000;

export class ServerProcess implements child.Process {
  readonly pid: number;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<child.Exit>;
  readonly leaving: Promise<string> = new Promise(() => undefined);
  readonly #base: Base;
  readonly #about: About;
  readonly #timer: NodeJS.Timeout;
  #hasEnded = false;
  #isStopping = false;
  #killer: NodeJS.Timeout | undefined;

  constructor(base: Base, about: About) {
    this.pid = base.pid;
    this.#base = base;
    this.#about = about;
    this.#timer = setInterval(() => this.#boundLog(), BOUND_MS).unref();
    this.exited = base.exited.then((exit) => this.#end(exit));
    this.ready = this.#becomeReady();
    // Whoever waits for it hears of it; nobody needs to.
    this.ready.catch(() => undefined);
  }

  vitals(): undefined {
    return undefined;
  }

  silentMs(): number {
    return 0;
  }

  stuckAt(): undefined {
    return undefined;
  }

  isSuspended(): boolean {
    return this.#base.isSuspended();
  }

  /** Fast: transactions are rolled back, and all is on disk. */
  stop(_reason: child.StopReason): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#tell('SIGINT');
  }

  signal(signal: NodeJS.Signals, options?: { readonly group?: boolean }): boolean {
    return this.#base.signal(signal, options);
  }

  /**
   * Immediate: its processes end and its memory is given back, nothing more is written, and the next
   * start recovers. KILL by itself would leave both to be found by that start.
   */
  kill(): void {
    if (this.#hasEnded || this.#killer !== undefined) return;
    this.#tell('SIGQUIT');
    this.#killer = setTimeout(() => this.#base.kill(), KILL_MS);
  }

  /** What is suspended must wake up to end. */
  #tell(signal: NodeJS.Signals): void {
    this.#base.signal(signal);
    this.#base.signal('SIGCONT');
  }

  #end(exit: child.Exit): child.Exit {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    clearTimeout(this.#killer);
    return { ...exit, words: exit.words.length > 0 ? exit.words : this.#about.words() };
  }

  /** The file is the server's own word; that its number is this process's makes it our server's. */
  async #becomeReady(): Promise<void> {
    const { data, requireAnswer } = this.#about;
    for (;;) {
      if (this.#hasEnded) throw await this.#failure();
      const note = readNote(data);
      if (note?.pid === this.pid && note.isReady) break;
      await sleep(LOOK_MS);
    }
    try {
      await requireAnswer();
    } catch (error) {
      if (this.#hasEnded) throw await this.#failure();
      // Nobody can use it: it ends, and with it this start.
      this.stop({ kind: 'stop' });
      throw error;
    }
  }

  async #failure(): Promise<Error> {
    const { error, words, code, signal } = await this.exited;
    const { data } = this.#about;
    const end = isFull(data) ? 'the disk is full' : (signal ?? `exit status ${code ?? '?'}`);
    return (
      error ?? fault(`Cannot start the embedded database in "${data}": ${reasonOf(words, end)}.`)
    );
  }

  #boundLog(): void {
    try {
      bound(this.#about.log);
    } catch {
      // On a full disk, say: the log is whole, and the next look comes.
    }
  }
}
