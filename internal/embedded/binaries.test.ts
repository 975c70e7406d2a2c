import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { becomeNobody, canBecomeNobody, giveToNobody, tempDir } from '../../test/support/index.js';
import * as embedded from './index.js';
import { own, told } from './testing/owner.js';
import { ask, cluster, IS_ROOT, openDir, optionsIn, start } from './testing/server.js';

/** A copy of the package as it lies there when its scripts were not run. */
function unscripted(dir: string): embedded.Installation {
  const installation = embedded.locate();
  const native = path.join(dir, 'native');
  const source = installation.package?.native ?? '';
  execFileSync('cp', ['-a', source, native]);
  for (const link of linksIn(native)) fs.rmSync(link, { force: true });
  return {
    ...installation,
    bin: path.join(native, 'bin'),
    package: { native, release: '18.4.0-test' },
  };
}

/** The links that the package lists; all others are part of it. */
function linksIn(native: string): readonly string[] {
  const text = fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as readonly { readonly target: string }[];
  return links.map(({ target }) => path.join(native, path.relative('native', target)));
}

function isSound(link: string): boolean {
  return fs.lstatSync(link).isSymbolicLink() && fs.existsSync(link);
}

test('the links that an installation without scripts lacks are made in place', async () => {
  const installation = unscripted(openDir());
  const native = installation.package?.native ?? '';
  expect(linksIn(native).filter((link) => fs.existsSync(link))).toEqual([]);
  const options = { ...optionsIn(), installation };
  await cluster(options);
  const server = embedded.open(options);
  await Promise.all([server.prepare(), embedded.open(options).prepare()]);
  expect(linksIn(native).every((link) => isSound(link))).toBe(true);
  const { pid } = await start(server);
  expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(installation.bin);
  expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.runIf(IS_ROOT)(
  'programs and data that the user of the server cannot reach go to where it can, once',
  async () => {
    const installation = unscripted(tempDir());
    const { stateDir = '' } = optionsIn();
    const hidden = tempDir();
    const options = { ...optionsIn(hidden), stateDir, installation };
    const server = embedded.open(options);
    const mask = process.umask(0o077);
    await Promise.all([server.prepare(), embedded.open(options).prepare()]).finally(() =>
      process.umask(mask),
    );
    const copy = path.join(stateDir, 'postgresql-18.4.0-test');
    expect(linksIn(copy).every((link) => isSound(link))).toBe(true);
    const [, moved = ''] = /^(.*)\/cluster\/pgpass$/.exec(server.address.passFile ?? '') ?? [];
    expect(path.dirname(moved)).toBe(stateDir);
    expect(path.basename(moved)).toMatch(/^[0-9a-f]{16}$/);
    expect(fs.readdirSync(stateDir).toSorted()).toEqual(
      [path.basename(moved), path.basename(copy)].toSorted(),
    );
    const made = fs.statSync(copy).ino;
    await server.prepare();
    expect(fs.statSync(copy).ino).toBe(made);
    await start(server);
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(fs.existsSync(options.dir)).toBe(false);
    // The folder has been opened meanwhile: the data stays where it is.
    fs.chmodSync(hidden, 0o755);
    expect(embedded.open(options).address).toEqual(server.address);
  },
);

test.runIf(canBecomeNobody)(
  'programs that an ordinary user cannot complete in place are copied beside its data',
  async () => {
    const installation = unscripted(openDir());
    const options = { ...optionsIn(), installation };
    await cluster(options);
    giveToNobody(options.dir);
    const owner = own(options, { execArgv: ['--import', becomeNobody()], cwd: '/' });
    const { pid } = await told(owner);
    const copy = path.join(options.dir, 'postgresql-18.4.0-test');
    expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(path.join(copy, 'bin'));
    owner.child.kill('SIGTERM');
    await owner.line(/^ended with 0$/m);
  },
);
