/** Processes as the kernel shows them. */

import fs from 'node:fs';
import path from 'node:path';

/** Whether a process runs: one that only waits to be reaped holds no connection any more. */
export function isRunning(pid: number): boolean {
  const state = stat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The processes whose working folder is `dir`. */
export function processesIn(dir: string): readonly number[] {
  return allProcesses().filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`) === dir;
    } catch {
      // It ended meanwhile, or it is not ours.
      return false;
    }
  });
}

/** The children of `pid`. */
export function childrenOf(pid: number): readonly number[] {
  return allProcesses().filter((one) => stat(one)?.parent === pid);
}

/** The children of `pid` that have ended and were not reaped. */
export function zombiesOf(pid: number): readonly number[] {
  return childrenOf(pid).filter((child) => stat(child)?.state === 'Z');
}

/** What the open descriptors of `pid` lead to; empty when it has gone. */
export function descriptorsOf(pid: number): readonly string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => target(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

/** Resident memory in MiB; 0 when it has gone. */
export function memoryOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

/** The command line of `pid`, for people. */
export function describe(pid: number): string {
  return `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`;
}

/** Sends a signal; false when the process has gone. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function allProcesses(): readonly number[] {
  const names = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.map(Number);
}

function stat(pid: number): { readonly state: string; readonly parent: number } | undefined {
  // The name of the program, in brackets, may hold anything.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  const [state, parent] = fields;
  return parent === undefined || state === undefined
    ? undefined
    : { state, parent: Number(parent) };
}

function target(link: string): readonly string[] {
  try {
    const { dir, base } = path.parse(fs.readlinkSync(link));
    return [dir === '' ? base.replace(/:\[\d+\]$/, '') : path.join(dir, base)];
  } catch {
    return [];
  }
}

/** An empty text for what has gone meanwhile. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
