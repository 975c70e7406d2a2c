/** How many processors this process may really use, and how many workers that is worth. */

import os from 'node:os';

import { cpuQuota } from './cgroup.js';

export interface CoresOptions {
  /** The folder in which `proc` and the control groups are found; default `/`. */
  readonly root?: string;
  /** The processors that this process may run on; default what the affinity mask says. */
  readonly available?: number;
}

/**
 * Returns the number of processors that this process can keep busy, at least 1: those of its affinity
 * mask (`taskset`, `--cpuset-cpus`), or fewer when a control group rations its time (`--cpus`,
 * `CPUQuota=`, a limit of Kubernetes).
 *
 * A quota of one and a half counts as two, as in Go and the JVM: rounded down, half a processor would
 * never be used, and a worker waits most of its time.
 *
 * Source: R-SUP-30, W-SUP-14.
 */
export function cores(options: CoresOptions = {}): number {
  const { root = '/', available = os.availableParallelism() } = options;
  const quota = Math.ceil(cpuQuota(root) ?? available);
  return Math.max(1, Math.min(available, quota));
}

/** Returns how many workers serve `cores` processors: twice as many and one, at most 4. Source: R-SUP-28. */
export function workerCount(cores: number): number {
  return Math.min(2 * cores + 1, 4);
}
