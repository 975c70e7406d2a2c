/** A service that root starts for another user. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { canBecomeNobody, processesIn, project, readableProgram, until } from './support/index.js';
import type { Project } from './support/index.js';

const APP =
  "export default { fetch: () => new Response(process.getuid() + ' ' + process.getgroups() + ' ' + process.env.HOME) };\n";

async function ownedByRoot(): Promise<Project> {
  const own = await project(APP, { program: readableProgram() });
  fs.chmodSync(own.dir, 0o755);
  own.write('rodent.conf', `app=app.mjs\nhttp.port=${own.port}\nworkers=0\nuser=nobody\n`);
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
    expect(await own.run(['reload'])).toMatchObject({ code: 0 });
    expect(own.pid()).not.toBe(before);
    await expect((await fetch(own.url)).text()).resolves.toMatch(/^65534 /);
    expect((await own.run(['stop'])).code).toBe(0);
    expect(await own.run(['restart'])).toMatchObject({ code: 0 });
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('its workers are nobody too, before and after a reload', async () => {
    const own = await ownedByRoot();
    own.write('rodent.conf', `app=app.mjs\nhttp.port=${own.port}\nworkers=2\nuser=nobody\n`);
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    await expect((await fetch(own.url)).text()).resolves.toMatch(/^65534 \d*[1-9]\d* /);
    expect((await own.run(['reload'])).code).toBe(0);
    await expect((await fetch(own.url)).text()).resolves.toMatch(/^65534 \d*[1-9]\d* /);
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
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

  test('with --user as a flag, root commands it without being told again', async () => {
    const own = await ownedByRoot();
    own.write('rodent.conf', `app=app.mjs\nhttp.port=${own.port}\nworkers=0\n`);
    expect((await own.run(['serve', '-d', '--user', 'nobody'])).code).toBe(0);
    expect(await own.run(['status'])).toMatchObject({ code: 0, stderr: '' });
    expect(await own.run(['reload'])).toMatchObject({ code: 0 });
    expect(await own.run(['stop'])).toMatchObject({ code: 0, stderr: '' });
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('folders that a start without a user left are named with the way out', async () => {
    const own = await ownedByRoot();
    fs.mkdirSync(path.join(own.dir, '.rodent', 'run'), { recursive: true, mode: 0o700 });
    const outcome = await own.run(['serve', '-d']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/belongs to user 0.*chown -R 65534:/);
  });

  test('an unknown user is refused in one sentence', async () => {
    const own = await ownedByRoot();
    const outcome = await own.run(['serve', '--user', 'nosuchuser']);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no user "nosuchuser"'),
    });
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });
});
