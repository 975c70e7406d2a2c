/** What a reload changes, and what of it the running process can take up. */

import { writtenOf } from './config.js';
import type { Config } from './config.js';
import { KEYS, KEY_NAMES } from './keys.js';
import type { Key } from './keys.js';

export interface Difference {
  /** Keys that the running process takes up in place. */
  readonly live: readonly Key[];
  /** Keys that need a new process. */
  readonly restart: readonly Key[];
}

/** Returns the keys whose values differ between two configurations, sorted. */
export function diff(before: Config, after: Config): Difference {
  const changed = KEY_NAMES.filter(
    (key) => writtenOf(key, before.get(key)) !== writtenOf(key, after.get(key)),
  );
  return {
    live: changed.filter((key) => KEYS[key].live === true),
    restart: changed.filter((key) => KEYS[key].live !== true),
  };
}
