import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as boot from './index.js';
import { fakeMachine, service } from './testing/machine.js';
import type { FakeMachine } from './testing/machine.js';

const programs = ['crontab', 'systemctl', 'loginctl'] as const;
const NAME = `${boot.nameOf(service())}.service`;

function systemMachine(): FakeMachine {
  return fakeMachine({ uid: 0, programs, isSystemd: true });
}

function userMachine(): FakeMachine {
  return fakeMachine({ programs, isSystemd: true });
}

/** The files below the machine's folder that are not of its programs. */
function filesOf(machine: FakeMachine): readonly string[] {
  return fs
    .readdirSync(machine.dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(machine.dir, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/^(bin\/|calls$|no$)/.test(file))
    .toSorted();
}

describe('install() by systemd', () => {
  test('as root writes a system unit and enables it', async () => {
    const machine = systemMachine();
    const done = await boot.install(service(), machine);
    const file = `etc/systemd/system/${NAME}`;
    expect(done).toMatchObject({ kind: 'systemd', place: machine.at(file), isEnabled: true });
    expect(filesOf(machine)).toEqual([`etc/systemd/system/multi-user.target.wants/${NAME}`, file]);
    expect(machine.calls().filter((call) => !call.startsWith('crontab'))).toEqual([
      'systemctl daemon-reload',
      `systemctl enable ${NAME}`,
    ]);
    expect(fs.statSync(machine.at(file)).mode & 0o777).toBe(0o644);
  });

  test('as a user writes a user unit and has it start without a login', async () => {
    const machine = userMachine();
    const done = await boot.install(service(), machine);
    expect(done).toMatchObject({ isEnabled: true, isCurrent: true });
    expect(filesOf(machine)).toEqual([
      `home/.config/systemd/user/default.target.wants/${NAME}`,
      `home/.config/systemd/user/${NAME}`,
      'var/lib/systemd/linger/ada',
    ]);
    expect(machine.calls()).toContain(`systemctl --user enable ${NAME}`);
    expect(fs.readFileSync(done.place, 'utf8')).toContain('WantedBy=default.target');
  });

  test('again leaves the same files', async () => {
    const machine = userMachine();
    const { place } = await boot.install(service(), machine);
    const before = [filesOf(machine), fs.readFileSync(place, 'utf8')];
    await boot.install(service(), machine);
    expect([filesOf(machine), fs.readFileSync(place, 'utf8')]).toEqual(before);
    expect(machine.calls().filter((call) => call.startsWith('loginctl'))).toHaveLength(1);
  });

  test('looks at XDG_CONFIG_HOME', async () => {
    const fake = userMachine();
    const config = fake.at('config');
    const units = 'config/systemd/user';
    const machine = { ...fake, env: { ...fake.env, XDG_CONFIG_HOME: config, UNITS: units } };
    const { place } = await boot.install(service(), machine);
    expect(place).toBe(path.join(config, 'systemd', 'user', NAME));
  });

  test('takes the place of a line for cron, and the other way round', async () => {
    const machine = systemMachine();
    machine.setTable('A=1\n');
    await boot.install(service(), machine, { kind: 'cron' });
    expect((await boot.install(service(), machine)).hasReplaced).toBe(true);
    expect(machine.table()).toBe('A=1\n');
    expect(await boot.status(service(), machine)).toMatchObject({ entries: [{ kind: 'systemd' }] });
    const back = await boot.install(service(), machine, { kind: 'cron' });
    expect(back).toMatchObject({ kind: 'cron', hasReplaced: true });
    expect(filesOf(machine)).toEqual(['table']);
  });

  test('where systemd does not run is refused', async () => {
    const machine = fakeMachine({ uid: 0, programs });
    await expect(boot.install(service(), machine, { kind: 'systemd' })).rejects.toMatchObject({
      code: 'INIT_SYSTEM',
      detail: 'systemd does not run this machine; use "--kind cron".',
    });
    expect(filesOf(machine)).toEqual([]);
  });

  test('does not overwrite a unit of somebody else, nor remove it', async () => {
    const machine = systemMachine();
    const file = machine.at('etc/systemd/system', NAME);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, '[Service]\n');
    await expect(boot.install(service(), machine)).rejects.toThrow(/by hand first/);
    await expect(boot.uninstall(service(), machine)).rejects.toThrow(/by hand first/);
    expect(fs.readFileSync(file, 'utf8')).toBe('[Service]\n');
  });
});

describe('what fails leaves nothing half-done:', () => {
  const words = ['daemon-reload', 'enable'];

  test.each(words)('systemctl %s at the first install', async (word) => {
    const machine = systemMachine();
    machine.program('systemctl', [
      `[ "$1" = ${word} ] && { echo "Failed: no bus." >&2; exit 1; }; :`,
    ]);
    await expect(boot.install(service(), machine)).rejects.toMatchObject({
      code: 'INIT_SYSTEM',
      detail: expect.stringMatching(/^Cannot run "systemctl .*": Failed: no bus\.$/),
    });
    expect(filesOf(machine)).toEqual([]);
  });

  test('an update: the old unit stays, and stays enabled', async () => {
    const machine = systemMachine();
    const { place } = await boot.install(service(), machine);
    const before = [filesOf(machine), fs.readFileSync(place, 'utf8')];
    machine.program('systemctl', ['exit 1']);
    const next = service('shop', { stopMs: 1 });
    await expect(boot.install(next, machine)).rejects.toThrow(/ended with status 1/);
    expect([filesOf(machine), fs.readFileSync(place, 'utf8')]).toEqual(before);
  });

  test('lingering, which a user may be refused', async () => {
    const machine = userMachine();
    machine.program('loginctl', ['echo "Could not enable linger: Access denied" >&2; exit 1']);
    await expect(boot.install(service(), machine)).rejects.toThrow(
      /Could not enable linger: Access denied\. Have root run "loginctl enable-linger ada", or use "--kind cron"\./,
    );
    expect(filesOf(machine)).toEqual([]);
  });

  test('no systemctl at all', async () => {
    const machine = fakeMachine({ isSystemd: true });
    await expect(boot.install(service(), machine)).rejects.toThrow(
      /there is no such program\. Log in as that user, or use "--kind cron"\./,
    );
    expect(filesOf(machine)).toEqual([]);
  });

  test('a unit that the checker refuses', async () => {
    const machine = systemMachine();
    machine.program('systemd-analyze', [
      `echo "other.service:1: whatever" >&2; echo "${NAME}: Command /usr/bin/node is not executable: none" >&2; exit 1`,
    ]);
    await expect(boot.install(service(), machine)).rejects.toThrow(
      /does not take the unit: .*Command \/usr\/bin\/node is not executable: none\.$/,
    );
    expect(filesOf(machine)).toEqual([]);
  });

  test('but a checker that fails for reasons of its own is passed over', async () => {
    const machine = systemMachine();
    machine.program('systemd-analyze', ['echo "Failed to initialize manager" >&2; exit 1']);
    expect((await boot.install(service(), machine)).isEnabled).toBe(true);
  });
});

describe('uninstall()', () => {
  test('removes its own unit and no other, and lets what runs go on', async () => {
    const machine = systemMachine();
    await boot.install(service('blog'), machine);
    const before = filesOf(machine);
    await boot.install(service('shop'), machine);
    await boot.uninstall(service('shop'), machine);
    expect(filesOf(machine)).toEqual(before);
    expect(machine.calls().filter((call) => /stop|--now/.test(call))).toEqual([]);
  });

  test('needs no systemctl that works', async () => {
    const machine = userMachine();
    await boot.install(service(), machine);
    machine.program('systemctl', ['exit 1']);
    await boot.uninstall(service(), machine);
    expect(filesOf(machine)).toEqual(['var/lib/systemd/linger/ada']);
  });

  test('of nothing is nothing', async () => {
    expect(await boot.uninstall(service(), systemMachine())).toEqual([]);
  });
});

describe('status()', () => {
  test('tells a unit that is not enabled, and one that is out of date', async () => {
    const machine = systemMachine();
    await boot.install(service(), machine);
    const next = service('shop', { startMs: 1 });
    expect(await boot.status(next, machine)).toMatchObject({
      name: boot.nameOf(next),
      isInstalled: true,
      entries: [{ kind: 'systemd', isEnabled: true, isCurrent: false }],
    });
    fs.rmSync(machine.at('etc/systemd/system/multi-user.target.wants', NAME));
    expect(await boot.status(service(), machine)).toMatchObject({
      isInstalled: false,
      entries: [{ isEnabled: false, isCurrent: true }],
    });
  });

  test('of a user who does not linger is "not installed": the unit waits for a login', async () => {
    const machine = userMachine();
    await boot.install(service(), machine);
    fs.rmSync(machine.at('var/lib/systemd/linger/ada'));
    expect((await boot.status(service(), machine)).isInstalled).toBe(false);
  });

  test('finds the unit where the crontab may not be read', async () => {
    const machine = systemMachine();
    await boot.install(service(), machine);
    machine.program('crontab', ['echo "not allowed" >&2; exit 1']);
    expect((await boot.status(service(), machine)).isInstalled).toBe(true);
  });
});

describe('start()', () => {
  test('asks systemd for it', async () => {
    const machine = userMachine();
    const done = await boot.install(service(), machine);
    await done.start();
    expect(machine.calls().at(-1)).toBe(`systemctl --user start ${NAME}`);
  });

  test('that fails says where to look', async () => {
    const machine = systemMachine();
    const done = await boot.install(service(), machine);
    machine.program('systemctl', ['exit 1']);
    await expect(done.start()).rejects.toThrow(
      new RegExp(`will start at boot, but does not now; see "journalctl -u ${NAME}"`),
    );
  });
});
