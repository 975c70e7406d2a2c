/** Which process a number means: a PID alone says nothing, its start time, boot and namespace do. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

export interface Identity {
  readonly pid: number;
  /** When it started, in the kernel's own words; undefined where we may not see it (hidepid). */
  readonly start: string | undefined;
  /** The boot of the kernel it runs on. */
  readonly boot: string;
  /** The namespace that the PID counts in; empty where the system has none. */
  readonly pidns: string;
}

/**
 * Returns who has this PID now, or undefined when nobody has: a zombie and a thread id are nobody.
 * A process that we may not signal or see is somebody.
 *
 * Source: proc_pid_stat(5) field 22; kill(2) EPERM; W-UNI-3.
 */
export function identify(pid: number): Identity | undefined {
  if (!Number.isSafeInteger(pid) || pid < 1) return undefined;
  const start = process.platform === 'linux' ? startOnLinux(pid) : startFromPs(pid);
  if (start === 'nobody') return undefined;
  return { pid, start, boot: bootId(), pidns: pidNamespace() };
}

/** Whether both are certainly one process: what cannot be seen is not the same. */
export function sameProcess(a: Identity, b: Identity): boolean {
  return a.start !== undefined && a.start === b.start && isSamePlace(a, b) && a.pid === b.pid;
}

/**
 * Whether a recorded process may still live, as far as this machine, boot and PID namespace can tell;
 * a process whose start time is hidden from us counts as alive.
 */
export function isAlive(recorded: Identity): boolean {
  const now = identify(recorded.pid);
  if (now === undefined || !isSamePlace(recorded, now)) return false;
  return now.start === undefined || recorded.start === undefined || now.start === recorded.start;
}

/** Whether a recorded process is certainly dead: the place is ours to judge, and it is not there. */
export function isDead(recorded: Identity): boolean {
  const here = { boot: bootId(), pidns: pidNamespace() };
  if (recorded.boot !== here.boot) return true;
  return recorded.pidns === here.pidns && !isAlive(recorded);
}

function isSamePlace(a: Identity, b: Identity): boolean {
  return a.boot === b.boot && a.pidns === b.pidns;
}

function startOnLinux(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return answersSignal(pid) ? undefined : 'nobody';
  // The name, field 2, may hold blanks and brackets of its own; field 3 follows the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return 'nobody';
  return isThread(pid) ? 'nobody' : fields[22 - 3];
}

function isThread(pid: number): boolean {
  const group = /^Tgid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return group !== undefined && group !== String(pid);
}

/** macOS and the BSDs have no /proc; one second is as fine as they tell. */
function startFromPs(pid: number): string | undefined {
  const line = run(['/bin/ps', '/usr/bin/ps'], ['-o', 'stat=,lstart=', '-p', String(pid)]);
  if (line === undefined) return answersSignal(pid) ? undefined : 'nobody';
  return line.startsWith('Z') ? 'nobody' : line.replace(/^\S+\s+/, '');
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errors.hasCode(error, 'EPERM');
  }
}

function bootId(): string {
  if (process.platform === 'linux') return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const sysctl = ['/usr/sbin/sysctl', '/sbin/sysctl'];
  return run(sysctl, ['-n', 'kern.bootsessionuuid']) ?? run(sysctl, ['-n', 'kern.boottime']) ?? '';
}

function pidNamespace(): string {
  try {
    return process.platform === 'linux' ? fs.readlinkSync('/proc/self/ns/pid') : '';
  } catch {
    return '';
  }
}

function read(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Runs the first of `programs` that exists; its output without the ends, undefined when it says none. */
function run(programs: readonly string[], args: readonly string[]): string | undefined {
  const program = programs.find((path) => fs.existsSync(path));
  if (program === undefined) return undefined;
  // A fixed locale and zone: two readers must get the same words.
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', env });
  const text = status === 0 ? stdout.trim() : '';
  return text === '' ? undefined : text;
}
