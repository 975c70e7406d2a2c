/** A service that root starts for another user. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { canBecomeNobody, processesIn, project, readableProgram } from './support/index.js';
import type { Project } from './support/index.js';

const APP =
  "export default { fetch: () => new Response(process.getuid() + ' ' + process.getgroups() + ' ' + process.env.HOME) };\n";

async function ownedByRoot(): Promise<Project> {
  const own = await project(APP, { program: readableProgram() });
  fs.chmodSync(own.dir, 0o755);
  own.write('rodent.conf', `app=app.mjs\nhttp.port=${own.port}\nuser=nobody\n`);
  return own;
}

describe.runIf(canBecomeNobody)('with user=nobody', () => {
  test('the service is nobody, its code cannot become root, and root commands it all the same', async () => {
    const own = await ownedByRoot();
    const started = await own.run(['serve', '-d']);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    await expect((await fetch(own.url)).text()).resolves.toMatch(/^65534 \d*[1-9]\d* /);
    expect((await own.run(['status'])).code).toBe(0);
    const before = own.pid();
    expect(await own.run(['reload'])).toMatchObject({ code: 0, stderr: '' });
    expect(own.pid()).not.toBe(before);
    await expect((await fetch(own.url)).text()).resolves.toMatch(/^65534 /);
    expect((await own.run(['stop'])).code).toBe(0);
    expect(await own.run(['restart'])).toMatchObject({ code: 0 });
    expect((await own.run(['stop'])).code).toBe(0);
    expect(processesIn(own.dir)).toEqual([]);
  });

  test('what it writes is its own, and what it is told by is not', async () => {
    const own = await ownedByRoot();
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    const ownerOf = (...names: readonly string[]): number =>
      fs.statSync(path.join(own.dir, ...names)).uid;
    expect(ownerOf('.rodent', 'run', 'rodent.pid')).toBe(65_534);
    expect(ownerOf('.rodent', 'log', 'app.log')).toBe(65_534);
    expect(ownerOf('.rodent')).toBe(0);
    expect(ownerOf('rodent.conf')).toBe(0);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('an unknown user is refused in one sentence', async () => {
    const own = await ownedByRoot();
    const outcome = await own.run(['serve', '--user', 'nosuchuser']);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no user "nosuchuser"'),
    });
    expect(processesIn(own.dir)).toEqual([]);
  });
});
