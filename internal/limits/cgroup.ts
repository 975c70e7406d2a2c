/** How much processor time the control groups of this process leave it, in both of Linux's versions. */

import fs from 'node:fs';
import path from 'node:path';

/** One line of /proc/self/cgroup: where this process stands in one hierarchy. */
interface Group {
  /** Empty for the one hierarchy of version 2. */
  readonly controllers: readonly string[];
  readonly path: string;
}

/** One line of /proc/self/mountinfo that mounts a hierarchy. */
interface Mount {
  readonly type: 'cgroup' | 'cgroup2';
  /** The group that the mount point shows. */
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

/**
 * Returns the least quota, in processors, of this process's own control group and all above it that can
 * be seen; undefined without one. `root` is the folder in which `proc` and the mount points are found.
 *
 * Source: cgroups(7), proc_pid_mountinfo(5); the kernel's admin-guide/cgroup-v2 (cpu.max) and
 * scheduler/sched-bwc (cpu.cfs_quota_us).
 */
export function cpuQuota(root: string): number | undefined {
  const groups = readGroups(root);
  const quotas = readMounts(root).flatMap((mount) =>
    groups
      .filter((group) => belongs(group, mount))
      .flatMap((group) => folders(group.path, mount))
      .map((folder) => quotaIn(path.join(root, folder), mount.type)),
  );
  const known = quotas.filter((quota) => quota !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function readGroups(root: string): readonly Group[] {
  return lines(path.join(root, 'proc/self/cgroup')).map((line) => {
    // The path may hold colons itself.
    const [, controllers = '', ...rest] = line.split(':');
    return { controllers: controllers.split(',').filter(Boolean), path: rest.join(':') };
  });
}

function readMounts(root: string): readonly Mount[] {
  return lines(path.join(root, 'proc/self/mountinfo')).flatMap((line): Mount[] => {
    const [place = '', source = ''] = line.split(' - ');
    const [type, , options = ''] = source.split(' ');
    const [, , , top = '', point = ''] = place.split(' ').map(unescapeOctal);
    const isHierarchy = type === 'cgroup' || type === 'cgroup2';
    return isHierarchy ? [{ type, root: top, point, options: options.split(',') }] : [];
  });
}

/** Blanks and backslashes stand as `\040` there. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

function belongs({ controllers }: Group, { type, options }: Mount): boolean {
  if (type === 'cgroup2') return controllers.length === 0;
  return controllers.includes('cpu') && options.includes('cpu');
}

/** The folders of the group and of those above it, as far up as the mount shows them. */
function folders(group: string, { root, point }: Mount): readonly string[] {
  const inside = path.posix.relative(root, group);
  // A container may see a mount made outside, whose names its own path does not share: the mount
  // point is then its own group, or one above it.
  const isBelow = ![root, group, inside].some((name) => name.split('/').includes('..'));
  const names = isBelow ? inside.split('/').filter(Boolean) : [];
  return [point, ...names.map((_, index) => path.join(point, ...names.slice(0, index + 1)))];
}

function quotaIn(folder: string, type: Mount['type']): number | undefined {
  const [quota, period] =
    type === 'cgroup2'
      ? (read(path.join(folder, 'cpu.max'))?.split(' ') ?? [])
      : [read(path.join(folder, 'cpu.cfs_quota_us')), read(path.join(folder, 'cpu.cfs_period_us'))];
  // `max` and -1 mean that there is none.
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? share : undefined;
}

function lines(file: string): readonly string[] {
  return (read(file) ?? '').split('\n').filter(Boolean);
}

/** The file's text; undefined where there is none to read, as for the hierarchy's top and off Linux. */
function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
