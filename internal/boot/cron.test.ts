import fs from 'node:fs';

import { describe, expect, test } from 'vitest';

import * as boot from './index.js';
import { fakeMachine, service } from './testing/machine.js';

const cron = { kind: 'cron' } as const;
/** Lines of people: settings, comments, lines that look like ours, bytes that are not UTF-8. */
const OTHERS = [
  '# m h dom mon dow command',
  'SHELL=/bin/bash',
  'MAILTO=""',
  '@reboot cd /srv/shop && exec /usr/bin/node /opt/rodent.js serve --detached',
  '*/5 * * * * /usr/local/bin/rodent boot status # rodent boot',
  '0 3 * * * echo caf\u00E9 50\\% \t ',
  '',
  '',
].join('\n');

describe('install() by cron', () => {
  test('adds one line before all others and leaves those byte for byte', async () => {
    const machine = fakeMachine();
    machine.setTable(OTHERS);
    const done = await boot.install(service(), machine, cron);
    const [line = '', ...rest] = machine.table()?.split('\n') ?? [];
    expect(line).toMatch(
      /^@reboot cd \/srv\/shop && exec \/usr\/bin\/node \/opt\/rodent\.js serve --home \/srv\/shop\/\.rodent --detached >\/dev\/null # rodent boot [0-9a-f]{12}$/,
    );
    expect(rest.join('\n')).toBe(OTHERS);
    expect(line).not.toContain('sleep');
    expect(done).toMatchObject({ kind: 'cron', place: 'the crontab of ada', hasReplaced: false });
  });

  test('again changes nothing and writes nothing', async () => {
    const machine = fakeMachine();
    machine.setTable(OTHERS);
    await boot.install(service(), machine, cron);
    const table = machine.table();
    await boot.install(service(), machine, cron);
    expect(machine.table()).toBe(table);
    expect(machine.calls().filter((call) => call === 'crontab -')).toHaveLength(1);
  });

  test('brings an old line up to date in its place, and leaves one of several', async () => {
    const machine = fakeMachine();
    await boot.install(service(), machine, cron);
    const line = machine.table()?.trimEnd() ?? '';
    machine.setTable(`A=1\n#${line}\nB=2\n${line}\nC=3\n`);
    expect(await boot.status(service(), machine)).toMatchObject({
      isInstalled: true,
      entries: [{ isEnabled: true, isCurrent: false }],
    });
    const next = service('shop', { command: ['/usr/bin/node22', '/opt/rodent.js', 'serve'] });
    await boot.install(next, machine, cron);
    expect(machine.table()).toBe(
      `A=1\n${line.replace('/usr/bin/node', '/usr/bin/node22').replace(' --home /srv/shop/.rodent', '')}\nB=2\nC=3\n`,
    );
  });

  test('makes a crontab where there is none, and uninstall() takes it away again', async () => {
    const machine = fakeMachine();
    await boot.install(service(), machine, cron);
    expect(machine.table()?.split('\n')).toHaveLength(2);
    expect(await boot.uninstall(service(), machine)).toMatchObject([{ kind: 'cron' }]);
    expect(machine.table()).toBeUndefined();
  });

  test('without a program crontab says so', async () => {
    const machine = fakeMachine({ programs: [] });
    await expect(boot.install(service(), machine)).rejects.toMatchObject({
      code: 'INIT_SYSTEM',
      detail: expect.stringContaining('neither systemd nor a program "crontab"'),
    });
    expect(await boot.status(service(), machine)).toMatchObject({ isInstalled: false });
    expect(await boot.uninstall(service(), machine)).toEqual([]);
  });

  test('where it is refused says why, and nothing is written', async () => {
    const machine = fakeMachine();
    machine.setTable(OTHERS);
    machine.program('crontab', [
      'echo "You (ada) are not allowed to use this program." >&2; exit 1',
    ]);
    const detail = 'Cannot read the crontab: You (ada) are not allowed to use this program.';
    await expect(boot.install(service(), machine)).rejects.toMatchObject({ detail });
    await expect(boot.status(service(), machine)).rejects.toMatchObject({ detail });
    expect(machine.table()).toBe(OTHERS);
  });

  test('where the table is refused says why', async () => {
    const machine = fakeMachine();
    machine.program('crontab', [
      '[ "$1" = -l ] && { echo "no crontab for ada" >&2; exit 1; }',
      'cat > no; echo "bad command" >&2; echo "errors in crontab file, can\'t install." >&2; exit 1',
    ]);
    await expect(boot.install(service(), machine)).rejects.toMatchObject({
      detail: "Cannot write the crontab: errors in crontab file, can't install.",
    });
  });
});

describe('two services on one machine', () => {
  test('do not meet', async () => {
    const machine = fakeMachine();
    const [shop, blog] = [service('shop'), service('blog')];
    machine.setTable(OTHERS);
    await boot.install(shop, machine, cron);
    await boot.install(blog, machine, cron);
    await boot.uninstall(shop, machine);
    expect(await boot.status(shop, machine)).toMatchObject({ isInstalled: false, entries: [] });
    expect(await boot.status(blog, machine)).toMatchObject({
      isInstalled: true,
      entries: [{ isCurrent: true }],
    });
    await boot.uninstall(blog, machine);
    expect(machine.table()).toBe(OTHERS);
  });

  test('have names of their own, also where their folders are called the same', () => {
    const homes = ['/srv/a/shop/.rodent', '/srv/b/shop/.rodent', '/srv/b/shop', '/', '/x/%@ ü'];
    const names = homes.map((home) => boot.nameOf({ home }));
    expect(new Set(names).size).toBe(homes.length);
    expect(names[0]).toMatch(/^rodent-shop-[0-9a-f]{12}$/);
    expect(names.filter((name) => !/^rodent-[\w.-]+-[0-9a-f]{12}$/.test(name))).toEqual([]);
  });
});

describe('status()', () => {
  test('tells that a line was commented out, and install() switches it on', async () => {
    const machine = fakeMachine();
    await boot.install(service(), machine, cron);
    const line = machine.table() ?? '';
    machine.setTable(`# ${line}`);
    expect(await boot.status(service(), machine)).toMatchObject({
      isInstalled: false,
      entries: [{ isEnabled: false }],
    });
    await boot.install(service(), machine, cron);
    expect(machine.table()).toBe(line);
  });

  test('reads and writes nothing else', async () => {
    const machine = fakeMachine();
    machine.setTable(OTHERS);
    await boot.status(service(), machine);
    expect(machine.calls()).toEqual(['crontab -l']);
    expect(fs.readdirSync(machine.dir).toSorted()).toEqual(['bin', 'calls', 'table']);
  });
});

test('a control character in a path is refused before anything is touched', async () => {
  const machine = fakeMachine();
  const odd = service('shop', { dir: '/srv/a\nb' });
  await expect(boot.install(odd, machine)).rejects.toMatchObject({
    detail: expect.stringContaining('"/srv/a\\nb"'),
  });
  expect(machine.calls()).toEqual([]);
});
