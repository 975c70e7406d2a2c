/** What the kernel tells of any process, from outside. */

import fs from 'node:fs';

/**
 * Returns the resident memory of process `pid` in bytes; undefined when it has gone, is a zombie, or
 * cannot be told: off Linux that is every process but this one.
 *
 * Source: proc_pid_status(5); W-INP-14.
 */
export function memory(pid: number): number | undefined {
  // VmRSS and not the pages of statm: their size stands in /proc/self/auxv, which a process that has
  // dropped its privileges must not read.
  const kib = field(pid, /^VmRSS:\s+(\d+) kB$/m);
  if (kib !== undefined) return Number(kib) * 1024;
  return pid === process.pid ? process.memoryUsage.rss() : undefined;
}

/**
 * Returns the letter of process `pid`'s state, e.g. `R` running, `S` waiting, `D` waiting for a disk,
 * `T` stopped by a signal, `t` held by a tracer, `Z` zombie; undefined when it cannot be told.
 */
export function processState(pid: number): string | undefined {
  return field(pid, /^State:\s+(\w)/m);
}

/** Whether a signal (STOP, TSTP, TTIN, TTOU) or a tracer has suspended process `pid`; false when unknown. */
export function isSuspended(pid: number): boolean {
  const state = processState(pid);
  return state === 'T' || state === 't';
}

function field(pid: number, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  } catch {
    // It has gone, is hidden from us, or there is no /proc.
    return undefined;
  }
}
