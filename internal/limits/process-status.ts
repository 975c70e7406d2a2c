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

function field(pid: number, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  } catch {
    // It has gone, is hidden from us, or there is no /proc.
    return undefined;
  }
}
