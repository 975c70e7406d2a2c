/** What the state file tells of the service: who it is, and which processes are its own. */

import type * as pidfile from '../pidfile/index.js';
import type { Journal } from './journal.js';
import type { ServeOptions } from './options.js';
import { recorded } from './orphans.js';
import type { Work } from './work.js';

export interface AnnouncementOptions {
  readonly serve: ServeOptions;
  /** Path of the control socket. */
  readonly socket: string;
  readonly claim: pidfile.Claim;
  readonly work: Work;
  readonly journal: Journal;
}

export class Announcement {
  readonly #options: AnnouncementOptions;
  #isDue = false;
  #isOver = false;

  /** Publishes for the first time. @throws RodentError PID_FILE. */
  constructor(options: AnnouncementOptions) {
    this.#options = options;
    this.#publish();
  }

  /** Publishes anew, once for all that happens in one turn. */
  update(): void {
    if (this.#isDue || this.#isOver) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#isOver) return;
      try {
        this.#publish();
      } catch (error) {
        this.#options.journal.error(error);
      }
    });
  }

  /** From now on the files are left as they are: they may be a successor's. */
  end(): void {
    this.#isOver = true;
  }

  #publish(): void {
    const { claim, serve, socket, work } = this.#options;
    const { program, version } = serve;
    claim.publish({
      version,
      socket,
      argv: [program.script, ...program.arguments],
      workers: recorded(work.workers()),
    });
  }
}
