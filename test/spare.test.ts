/** Spares, and what workers that are started later know. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { allRun, supervised } from './support/index.js';
import type { Supervised } from './support/index.js';

const APP = `export default { fetch: () => new Response('pid ' + process.pid) };\n`;

function logOf(own: Supervised): string {
  return fs.readFileSync(path.join(own.dir, '.rodent', 'log', 'error.log'), 'utf8');
}

describe('a live key', () => {
  test('holds for workers that are started later: after a crash, and for a spare', async () => {
    const own = await supervised(APP, ['workers=1', 'workers.spare=1', 'http.bodyLimit=1KiB']);
    await own.workers('the spare', allRun(2));
    expect((await own.run(['reload'])).stdout).toContain('generation 2');
    await own.workers('the next spare', allRun(2));
    const file = path.join(own.dir, 'rodent.conf');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('1KiB', '10B'));
    expect((await own.run(['reload'])).stdout).toContain('in place');
    for (const round of [1, 2]) {
      const workers = await own.workers(`round ${round}`, allRun(2));
      const serving = workers.find(({ isSpare }) => !isSpare)?.pid ?? 0;
      process.kill(serving, 'SIGKILL');
      await own.workers('another', (now) => now.every(({ pid }) => pid !== serving));
      const { status } = await fetch(own.url, { method: 'POST', body: 'x'.repeat(11) });
      expect(status).toBe(413);
    }
  });
});

describe('a spare', () => {
  test('that was never needed stops at once, with the service', async () => {
    const own = await supervised(APP, ['workers=1', 'workers.spare=1']);
    await own.workers('the spare', allRun(2));
    expect((await own.run(['stop'])).code).toBe(0);
    expect(logOf(own)).not.toMatch(/did not finish|passed over|killed/);
  });

  test('takes the place of a killed worker, and another one boots', async () => {
    const own = await supervised(APP, ['workers=1', 'workers.spare=1']);
    const before = await own.workers('the spare', allRun(2));
    const spare = before.find(({ isSpare }) => isSpare)?.pid;
    const serving = before.find(({ isSpare }) => !isSpare)?.pid ?? 0;
    process.kill(serving, 'SIGKILL');
    const after = await own.workers('the change', (workers) =>
      workers.some(({ pid, isSpare }) => pid === spare && !isSpare),
    );
    expect(after.map(({ pid }) => pid)).not.toContain(serving);
    expect(await (await fetch(own.url)).text()).toBe(`pid ${spare}`);
    await own.workers('the next spare', allRun(2));
  });
});
