/** A new supervisor in the place of the old one: by signal and by command, and when it cannot start. */

import { describe, expect, test } from 'vitest';

import { allRun, load, processesIn, supervised, until } from './support/index.js';
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
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
