/** A program systemd-notify that writes down what it is told, for machines without systemd. */

import fs from 'node:fs';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { tempDir, until } from '../../../test/support/index.js';
import * as systemd from '../index.js';
import type { Notifier, NotifierOptions } from '../index.js';

export interface Fake {
  /** Its folder, to be the PATH. */
  readonly dir: string;
  /** The runs that have ended, each as its arguments joined by a space. */
  runs(): readonly string[];
  /** Resolves when there were `count` runs, or more. */
  reached(count: number): Promise<readonly string[]>;
  /** The environment of the last run. */
  env(): string;
}

/**
 * Makes a program that runs the shell words `before` (a failure, a wait), then writes its arguments down.
 * It fails where two of it run at once.
 */
export function fakeNotify(before = ':'): Fake {
  const dir = tempDir();
  const file = (name: string): string => path.join(dir, name);
  const script = [
    '#!/bin/sh',
    'PATH=/usr/bin:/bin; export PATH',
    `cd '${dir}' || exit 9`,
    'mkdir running || { echo two at once >> runs; exit 9; }',
    "trap 'rmdir running' EXIT",
    '/usr/bin/env > env',
    before,
    'echo "$*" >> runs',
    '',
  ];
  fs.writeFileSync(file('systemd-notify'), script.join('\n'), { mode: 0o755 });
  const read = (name: string): string =>
    fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : '';
  const runs = (): readonly string[] => read('runs').split('\n').slice(0, -1);
  return {
    dir,
    runs,
    env: () => read('env'),
    reached: (count) => until(`${count} runs`, () => (runs().length >= count ? runs() : undefined)),
  };
}

/** Opens a notifier that tells `fake`, with `env` on top; closed when the test ends. */
export function openNotifier(
  fake: Pick<Fake, 'dir'>,
  { env = {}, ...options }: Partial<NotifierOptions> = {},
): Notifier {
  const notifier = systemd.open({
    ...options,
    env: { PATH: fake.dir, NOTIFY_SOCKET: '/run/notify', ...env },
  });
  onTestFinished(() => notifier.close());
  return notifier;
}
