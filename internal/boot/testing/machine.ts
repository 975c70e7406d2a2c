/** A machine of the test's own: folders, and programs that keep to them. */

import fs from 'node:fs';
import path from 'node:path';

import { tempDir } from '../../../test/support/index.js';
import type { Machine, Service } from '../index.js';

export interface FakeMachine extends Machine {
  /** The folder that holds everything, and `table`, the crontab. */
  readonly dir: string;
  /** Absolute path of a file below `dir`. */
  at(...names: string[]): string;
  /** Makes a program of `lines` for sh. */
  program(name: string, lines: readonly string[]): void;
  /** What the programs were called with, in order. */
  calls(): readonly string[];
  /** The crontab as it is, one character a byte; undefined without one. */
  table(): string | undefined;
  setTable(text: string): void;
}

export interface FakeOptions {
  /** Default: 1000, a user. */
  readonly uid?: number;
  /** Which programs there are; default: crontab. */
  readonly programs?: readonly ('crontab' | 'systemctl' | 'loginctl')[];
  /** Whether systemd runs it; default: no. */
  readonly isSystemd?: boolean;
}

/** Makes a machine that is gone with the running test. */
export function fakeMachine(options: FakeOptions = {}): FakeMachine {
  const { uid = 1000, programs = ['crontab'], isSystemd = false } = options;
  const dir = tempDir();
  const at = (...names: string[]): string => path.join(dir, ...names);
  fs.mkdirSync(at('bin'));
  const program = (name: string, lines: readonly string[]): void => {
    const head = ['#!/bin/sh', 'PATH=/usr/bin:/bin', `cd '${dir}'`, `echo "${name} $*" >> calls`];
    fs.writeFileSync(at('bin', name), [...head, ...lines, ''].join('\n'), { mode: 0o755 });
  };
  for (const name of programs) program(name, PROGRAMS[name]);
  if (isSystemd) fs.mkdirSync(at('run/systemd/system'), { recursive: true });
  const units = uid === 0 ? 'etc/systemd/system' : 'home/.config/systemd/user';
  return {
    dir,
    at,
    program,
    uid,
    user: 'ada',
    homeDir: at('home'),
    root: dir,
    env: { PATH: at('bin'), UNITS: units },
    calls: () =>
      (fs.existsSync(at('calls')) ? fs.readFileSync(at('calls'), 'utf8') : '')
        .split('\n')
        .slice(0, -1),
    table: () => (fs.existsSync(at('table')) ? fs.readFileSync(at('table'), 'latin1') : undefined),
    setTable: (text) => fs.writeFileSync(at('table'), text, 'latin1'),
  };
}

const PROGRAMS = {
  /** As Debian's, with its table in a file. */
  crontab: [
    'case "$1" in',
    '  -l) [ -e table ] || { echo "no crontab for ada" >&2; exit 1; }; cat table ;;',
    '  -r) rm table ;;',
    '  -) cat > new; case "$(tail -c 1 new | wc -l)" in *1) mv new table ;; *) exit 1 ;; esac ;;',
    'esac',
  ],
  /** Makes and removes the link that says "enabled". */
  systemctl: [
    '[ "$1" = --user ] && shift',
    'wants=$(sed -n "s/^WantedBy=//p" "$UNITS/$2" 2> no | head -n 1).wants',
    'case "$1" in',
    '  enable) mkdir -p "$UNITS/$wants" && ln -sf "../$2" "$UNITS/$wants/$2" ;;',
    '  disable) rm -f "$UNITS/$wants/$2" ;;',
    'esac',
  ],
  loginctl: ['mkdir -p var/lib/systemd/linger && touch var/lib/systemd/linger/ada'],
} as const;

/** A service whose files need not exist. */
export function service(name = 'shop', changes: Partial<Service> = {}): Service {
  const dir = `/srv/${name}`;
  const home = changes.home ?? `${dir}/.rodent`;
  return {
    home,
    dir,
    command: ['/usr/bin/node', '/opt/rodent.js', 'serve', '--home', home],
    startMs: 60_000,
    stopMs: 25_000,
    ...changes,
  };
}
