/** The number of workers: by command, by signal and by configuration. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { allRun, supervised } from './support/index.js';

function appOf(version: string): string {
  return `export default { fetch: () => new Response('${version} ' + process.pid) };\n`;
}

describe('the number of workers', () => {
  test('changes by command and by TTIN and TTOU, never below one; the oldest leave', async () => {
    const own = await supervised(appOf('one'));
    const [oldest] = await own.pids();
    const more = await own.run(['scale', '3']);
    expect(more.stderr).not.toContain('Cannot');
    expect(more.code).toBe(0);
    await own.workers('three', allRun(3));
    process.kill(own.pid() ?? 0, 'SIGTTIN');
    await own.workers('four', allRun(4));
    process.kill(own.pid() ?? 0, 'SIGTTOU');
    await own.workers('three again', allRun(3));
    expect(await own.pids()).not.toContain(oldest);
    expect((await own.run(['scale', '1'])).code).toBe(0);
    await own.workers('one', allRun(1));
    expect((await own.run(['scale', '0'])).code).not.toBe(0);
    expect((await own.run(['scale', '--', '-1'])).code).not.toBe(0);
    expect((await own.status()).wanted).toBe(1);
  });

  test('that cannot be reached fails the reload, and the next one tries again', async () => {
    const own = await supervised(appOf('one'), ['workers=1']);
    const file = path.join(own.dir, 'rodent.conf');
    const text = fs.readFileSync(file, 'utf8');
    // Every worker after the first one fails.
    const fragile = `import fs from 'node:fs';\nif (fs.existsSync('fragile')) throw new Error('no more');\n`;
    own.write('app.mjs', `${fragile}${appOf('one')}`);
    expect((await own.run(['reload'])).code).toBe(0);
    own.write('fragile', '');
    fs.writeFileSync(file, text.replace('workers=1', 'workers=2'));
    const failed = await own.run(['reload']);
    expect(failed.stderr).toContain('no more');
    expect(failed.code).toBe(1);
    expect((await own.status()).wanted).toBe(1);
    fs.rmSync(path.join(own.dir, 'fragile'));
    expect((await own.run(['reload'])).code).toBe(0);
    await own.workers('two', allRun(2));
  });

  test('follows the configuration on reload', async () => {
    const own = await supervised(appOf('one'));
    const file = path.join(own.dir, 'rodent.conf');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('workers=2', 'workers=3'));
    expect((await own.run(['reload'])).code).toBe(0);
    await own.workers('three', allRun(3));
  });
});
