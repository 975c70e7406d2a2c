/** Records from before the log is open: kept, then written with the time at which they were made. */

import type { Level } from './level.js';
import type { Fields } from './record.js';

/** Records kept; more of them before a start is a fault that the first ones explain. */
const MAX_ENTRIES = 1_000;

/** One record that waits. */
export interface Entry {
  readonly atMs: number;
  readonly level: Level;
  readonly detail: string;
  readonly fields: Fields;
}

/** Takes records until there is a log; `log.replay(early.entries)` writes them. */
export interface Early {
  readonly entries: readonly Entry[];
  record(level: Level, detail: string, fields?: Fields): void;
}

/** Makes a buffer of records, for what happens before the configuration is read. Source: R-INP-12. */
export function buffer(): Early {
  const entries: Entry[] = [];
  return {
    entries,
    record: (level, detail, fields = {}) => {
      if (entries.length < MAX_ENTRIES) entries.push({ atMs: Date.now(), level, detail, fields });
    },
  };
}
