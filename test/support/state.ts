/** What the kernel says a process is doing. */

import fs from 'node:fs';

/** The letter of its state (`R` running, `S` waiting, `T` stopped, `Z` zombie); undefined when it has gone. */
export function stateOf(pid: number): string | undefined {
  try {
    return /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
