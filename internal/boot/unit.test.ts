import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as boot from './index.js';
import { service } from './testing/machine.js';
import { unitOf } from './unit.js';

/** The value of `key` in `unit`. */
function valueOf(unit: string, key: string): string | undefined {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];
}

describe('the unit', () => {
  test('starts the service in the foreground, as one that speaks for itself', () => {
    const unit = unitOf(service(), 'system');
    expect(Object.fromEntries(KEYS.map((key) => [key, valueOf(unit, key)]))).toEqual({
      Type: 'notify',
      NotifyAccess: 'all',
      WorkingDirectory: '/srv/shop/',
      ExecStart: '/usr/bin/node /opt/rodent.js serve --home /srv/shop/.rodent',
      ExecReload: '/bin/kill -HUP $MAINPID',
      KillMode: 'mixed',
      Restart: 'on-failure',
      RestartPreventExitStatus: '2 78 125',
      WatchdogSec: '30',
      WantedBy: 'multi-user.target',
    });
  });

  test('gives the service more time than it gives itself', () => {
    const unit = unitOf(service('x', { startMs: 61_500, stopMs: 40_000 }), 'system');
    expect(Number(valueOf(unit, 'TimeoutStartSec'))).toBeGreaterThan(61.5);
    expect(Number(valueOf(unit, 'TimeoutStopSec'))).toBeGreaterThan(40);
  });

  test('of a user knows nothing of the units of the system', () => {
    const unit = unitOf(service(), 'user');
    expect(valueOf(unit, 'WantedBy')).toBe('default.target');
    expect(unit).not.toMatch(/network|postgresql/);
  });

  test.each([
    ['a b', '"a b"'],
    ['a%b', 'a%%b'],
    ['$HOME', '$$HOME'],
    ['a"b', String.raw`"a\"b"`],
    [String.raw`a\b`, String.raw`"a\\b"`],
    ["it's", '"it\'s"'],
    ['', '""'],
    [';', '";"'],
  ])('spells the word %j as systemd reads it: %s', (word, spelled) => {
    const unit = unitOf(service('x', { command: ['/usr/bin/node', word] }), 'system');
    expect(valueOf(unit, 'ExecStart')).toBe(`/usr/bin/node ${spelled}`);
  });

  test('spells a folder as it is, but for specifiers and its end', () => {
    const unit = unitOf(service('x', { dir: '/a "%b\\' }), 'system');
    expect(valueOf(unit, 'WorkingDirectory')).toBe('/a "%%b\\/');
  });

  test('hands a program that systemd would refuse for its name to a shell', () => {
    const unit = unitOf(service('x', { command: ["/it's/node", 'x'] }), 'system');
    expect(valueOf(unit, 'ExecStart')).toBe(
      String.raw`/bin/sh -c "exec \"$$0\" \"$$@\"" "/it's/node" x`,
    );
  });
});

const KEYS = [
  'Type',
  'NotifyAccess',
  'WorkingDirectory',
  'ExecStart',
  'ExecReload',
  'KillMode',
  'Restart',
  'RestartPreventExitStatus',
  'WatchdogSec',
  'WantedBy',
];

const isVerifiable = spawnSync('systemd-analyze', ['--version']).status === 0;
const note = isVerifiable ? '' : ' (skipped: there is no systemd-analyze here)';

describe.skipIf(!isVerifiable)(`systemd-analyze verify${note}`, () => {
  test.each([
    'plain',
    'a b',
    '100% "of" it',
    "it's $HOME",
    'back\\slash',
    'end\\',
    'ünï 鼠',
    ' x ',
  ])('has nothing to say about a service in the folder %j', (name) => {
    const dir = path.join(tempDir(), name);
    fs.mkdirSync(dir);
    const program = path.join(dir, 'node');
    fs.writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    const given = service('x', { dir, command: [program, `${dir}/x.js`, 'serve'] });
    expect(complaints(given)).toEqual([]);
  });

  test('notices a program that does not exist', () => {
    expect(complaints(service('x', { command: ['/nowhere/node'] }))).toEqual([
      expect.stringContaining('/nowhere/node'),
    ]);
  });
});

/** The lines about the unit of `given`. */
function complaints(given: boot.Service): readonly string[] {
  const name = `${boot.nameOf(given)}.service`;
  const file = path.join(tempDir(), name);
  fs.writeFileSync(file, unitOf(given, 'system'));
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
    encoding: 'utf8',
  });
  return stderr.split('\n').filter((line) => line.includes(name));
}
