/** A new supervisor in the place of the old one: by signal and by command, and when it cannot start. */

import http from 'node:http';

import { describe, expect, test } from 'vitest';

import { allRun, load, processesIn, project, supervised, until } from './support/index.js';
import type { Supervised } from './support/index.js';

function appOf(version: string): string {
  return `export default { fetch: () => new Response('${version} ' + process.pid) };\n`;
}

describe('a hand-over to a successor', () => {
  test.each([
    ['USR2', async ({ pid }: Supervised) => process.kill(pid() ?? 0, 'SIGUSR2')],
    ['rodent restart', async ({ run }: Supervised) => (await run(['restart'])).code === 0],
  ])('by %s gives the socket to a new supervisor and loses no request', async (_how, ask) => {
    const own = await supervised(appOf('one'));
    const before = own.pid() ?? 0;
    const traffic = await load(own.url, { clients: 4 });
    own.write('app.mjs', appOf('two'));
    expect(await ask(own)).toBe(true);
    await until('answers of the new', () => traffic.sawText('two'));
    await until('the old to leave', () => own.pid() !== before && !isAlive(before));
    expect((await traffic.stop()).lost).toEqual([]);
    await own.workers('the new ones', allRun(2));
    expect(processesIn(own.dir)).toHaveLength(3);
  });

  test('that fails leaves the old service as it was', async () => {
    const own = await supervised(appOf('one'));
    const [supervisor, before] = [own.pid(), await own.pids()];
    const traffic = await load(own.url, { clients: 2 });
    own.write('app.mjs', 'throw new Error("no way")');
    const outcome = await own.run(['restart']);
    expect(outcome.stderr).toContain('no way');
    expect(outcome.code).toBe(1);
    expect((await traffic.stop()).lost).toEqual([]);
    expect(own.pid()).toBe(supervisor);
    expect(await own.pids()).toEqual(before);
  });

  test('whose workers end just after their start leaves the old service as it was', async () => {
    const own = await supervised(appOf('one'), ['workers=1']);
    const [supervisor, before] = [own.pid(), await own.pids()];
    own.write('app.mjs', `${appOf('two')}setTimeout(() => process.exit(7), 200);`);
    const outcome = await own.run(['restart']);
    expect(outcome.stderr).toContain('exit status 7');
    expect(outcome.code).toBe(1);
    expect(own.pid()).toBe(supervisor);
    expect(await own.pids()).toEqual(before);
  });
});

describe('a successor that is killed before it is let go', () => {
  test('leaves the service where it was, with its files and its programs', async () => {
    const slow = `command=sh -c 'trap "sleep 2; exit 0" TERM; while :; do sleep 0.05; done'\nstartsecs=0\n`;
    const own = await supervised(appOf('one'), [], {}, (project) => {
      project.write('config/programs.d/slow.conf', slow);
    });
    const before = own.pid();
    const restart = own.start(['restart']);
    const [, pid] = await restart.line(/process (\d+) is ready/);
    process.kill(Number(pid), 'SIGKILL');
    expect((await restart.exit).code).toBe(1);
    expect(restart.stderr()).toContain('ended before it did');
    expect(own.pid()).toBe(before);
    await until('the program to run again', async () =>
      (await own.status()).workers.some(
        ({ name, state }) => name === 'slow' && state === 'RUNNING',
      ),
    );
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });
});

describe('in the foreground', () => {
  test('TERM while the old supervisor still drains reaches the new one, and all ends', async () => {
    const own = await project(appOf('one'), { conf: ['workers=1', 'drain.idleOnReload=20s'] });
    const program = await own.serve();
    // A connection that is kept holds the old worker's drain.
    const agent = new http.Agent({ keepAlive: true });
    await new Promise((resolve, reject) => {
      http
        .get(own.url, { agent }, (response) => response.resume().on('end', resolve))
        .on('error', reject);
    });
    expect((await own.run(['restart'])).code).toBe(0);
    program.child.kill('SIGTERM');
    expect((await program.exit).code).toBe(0);
    agent.destroy();
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
