/** What each kind of entry can do. */

import type { Machine } from './machine.js';
import type { Service } from './service.js';

/** An entry that is there. */
export interface Found {
  /** The unit file, or whose crontab. */
  readonly place: string;
  /** Whether the machine would start the service by it. */
  readonly isEnabled: boolean;
  /** Whether it says what `install` would write now. */
  readonly isCurrent: boolean;
}

/** One kind of entry; all throw RodentError INIT_SYSTEM or FILE with a sentence that says what to do. */
export interface Way {
  look(service: Service, machine: Machine): Promise<Found | undefined>;
  /** Makes the entry or brings it up to date; when it throws, all is as before. */
  install(service: Service, machine: Machine): Promise<void>;
  /** Removes the entry where there is one. */
  remove(service: Service, machine: Machine): Promise<void>;
  /** Starts the service by its entry, and resolves when it is ready. */
  start(service: Service, machine: Machine): Promise<void>;
}
