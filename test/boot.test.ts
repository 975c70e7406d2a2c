/** `rodent boot` as its users type it; the crontab is one of the test's own. */

import { describe, expect, onTestFinished, test } from 'vitest';

import { fakeMachine } from '../internal/boot/testing/machine.js';
import { project } from './support/index.js';
import type { Outcome, Project } from './support/index.js';

interface Own extends Project {
  boot(...words: string[]): Promise<Outcome>;
  table(): string | undefined;
}

/** A project whose commands meet a crontab of their own; no test here chooses systemd. */
async function owned(): Promise<Own> {
  const own = await project();
  const machine = fakeMachine();
  const env = { PATH: `${machine.at('bin')}:/usr/bin:/bin`, XDG_CONFIG_HOME: machine.at('config') };
  return {
    ...own,
    table: () => machine.table(),
    boot: (...words) => own.run(['boot', ...words], { env }),
  };
}

describe('rodent boot', () => {
  test('install, status and uninstall by cron tell what they do', async () => {
    const own = await owned();
    expect(await own.boot('status')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('not installed'),
    });
    const installed = await own.boot('install', '--kind', 'cron');
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    expect(installed.stdout).toMatch(/^The service starts with the machine, by the crontab of /);
    expect(own.table()).toContain(`--home ${own.dir}/.rodent --detached`);
    const status = await own.boot('status', '--json');
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      isInstalled: true,
      entries: [{ kind: 'cron', isEnabled: true, isCurrent: true }],
    });
    expect((await own.boot('status')).stdout).toMatch(/^installed: rodent-/);
    expect((await own.boot('uninstall')).stdout).toMatch(/^Removed the entry: the crontab of /);
    expect(own.table()).toBeUndefined();
    expect(await own.boot('uninstall')).toMatchObject({ code: 0 });
  });

  test('install --now starts the service by its line, which is thereby proven', async () => {
    const own = await owned();
    onTestFinished(async () => void (await own.run(['stop'])));
    const installed = await own.boot('install', '--kind', 'cron', '--now');
    expect(installed).toMatchObject({ code: 0 });
    expect((await fetch(own.url)).status).toBe(200);
    const again = await own.boot('install', '--kind', 'cron', '--now');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/will start at boot, but does not now: .*(?:already|holds)/i);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('the entry keeps the words that say which service it is', async () => {
    const own = await owned();
    const pidFile = `${own.dir}/other.pid`;
    await own.boot('install', '--kind', 'cron', '-c', 'rodent.conf', '--pid-file', pidFile);
    expect(own.table()).toContain(`--config ${own.dir}/rodent.conf --pid-file ${pidFile}`);
  });

  test('install warns of what the boot will not find', async () => {
    const own = await owned();
    own.write('rodent.conf', '');
    const machine = fakeMachine();
    const env = { PATH: `${machine.at('bin')}:/usr/bin:/bin`, PORT: '9999' };
    const { stderr } = await own.run(['boot', 'install', '--kind', 'cron'], { env });
    expect(stderr).toMatch(/no such environment at boot: http\.port \(PORT\)/);
    expect(stderr).toMatch(/No "app" is configured/);
  });

  test('an invalid configuration is not installed', async () => {
    const own = await owned();
    own.write('rodent.conf', 'http.port=ninety\n');
    expect((await own.boot('install', '--kind', 'cron')).code).toBe(2);
    expect(own.table()).toBeUndefined();
    expect((await own.boot('status')).code).toBe(3);
  });

  test('an action that there is not is a mistake of usage', async () => {
    const own = await owned();
    const outcome = await own.boot('instal');
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/use install, uninstall or status.*install/);
    expect((await own.boot('install', '--kind', 'init')).code).toBe(2);
  });
});
