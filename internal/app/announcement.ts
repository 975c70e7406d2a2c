/** What is found of the service from outside: its control socket, and the state file with its processes. */

import type * as control from '../control/index.js';
import type * as pidfile from '../pidfile/index.js';
import type { Journal } from './journal.js';
import type { ServeOptions } from './options.js';
import { recorded } from './orphans.js';
import type { Work } from './work.js';

export interface AnnouncementOptions {
  readonly serve: ServeOptions;
  readonly desk: control.Control;
  readonly claim: pidfile.Claim;
  readonly work: Work;
  readonly journal: Journal;
}

export class Announcement {
  readonly #options: AnnouncementOptions;
  #isDue = false;
  #isOver = false;

  /** Publishes for the first time. @throws RodentError FILE, PID_FILE. */
  constructor(options: AnnouncementOptions) {
    this.#options = options;
    options.desk.publish();
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
    const { claim, serve, desk, work } = this.#options;
    const { program, version } = serve;
    claim.publish({
      version,
      socket: desk.path,
      argv: [program.script, ...program.arguments],
      workers: recorded(work.workers()),
    });
  }
}
