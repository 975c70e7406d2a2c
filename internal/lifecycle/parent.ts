/** Not outliving the process that started this one. */

import type { Lifecycle } from './lifecycle.js';

export interface WatchParentOptions {
  /** The parent's process id; default the current one. Give it where the parent may be gone already. */
  readonly pid?: number;
  /** How often to look, in milliseconds; default 500. */
  readonly everyMs?: number;
}

/**
 * Stops the process, cause `parent-lost`, when its parent has died, however it died: an orphan gets
 * another parent. Works for any child on POSIX, without a pipe or IPC channel; on Windows, where orphans
 * keep their parent's id, never stops. Keeps no process alive. Returns a function that ends the watch.
 */
export function watchParent(life: Lifecycle, options: WatchParentOptions = {}): () => void {
  const { pid = process.ppid, everyMs = 500 } = options;
  const look = (): void => {
    if (process.ppid === pid) return;
    clearInterval(timer);
    void life.shutdown({ kind: 'parent-lost', pid });
  };
  const timer = setInterval(look, everyMs).unref();
  look();
  return () => clearInterval(timer);
}
