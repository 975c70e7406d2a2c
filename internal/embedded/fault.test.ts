import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as embedded from './index.js';
import {
  cluster,
  dataOf,
  IS_ROOT,
  launch,
  openDir,
  optionsIn,
  prepared,
  start,
} from './testing/server.js';

const CAN_MOUNT = IS_ROOT && process.platform === 'linux';
/** Mounts a file system of `size` at a new folder, until the test ends. */
function tinyDisk(size: string): string {
  const dir = openDir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', dir]);
  onTestFinished(() => void execFileSync('umount', ['-l', dir]));
  return dir;
}

/** Programs whose version is right and that do `script` for anything else. */
function fakes(script: string): embedded.Installation {
  const bin = openDir();
  const version = 'if [ "$1" = -V ]; then echo "postgres (PostgreSQL) 18.4"; exit; fi';
  for (const name of ['postgres', 'initdb']) {
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${version}\n${script}\n`, { mode: 0o755 });
    fs.chmodSync(path.join(bin, name), 0o755);
  }
  return { bin, version: '18.4' };
}

function saying(sentence: RegExp): unknown {
  return expect.objectContaining({
    code: 'EMBEDDED_DATABASE',
    detail: expect.stringMatching(sentence),
  });
}

describe('prepare() tells in one sentence', () => {
  test('of programs that cannot run, in their own words', async () => {
    const bin = openDir();
    const words = 'postgres: error while loading shared libraries: libx.so.1: cannot open';
    for (const name of ['postgres', 'initdb']) {
      fs.writeFileSync(path.join(bin, name), `#!/bin/sh\necho "${words}" >&2\nexit 127\n`);
      fs.chmodSync(path.join(bin, name), 0o755);
    }
    const installation = { bin, version: '18' };
    const server = embedded.open({ ...optionsIn(), installation });
    await expect(server.prepare()).rejects.toEqual(
      saying(/^Cannot run PostgreSQL's programs in ".*": .*libx\.so\.1: cannot open\.$/),
    );
  });

  test('of programs that are not there', async () => {
    const bin = path.join(openDir(), 'gone');
    const server = embedded.open({ ...optionsIn(), installation: { bin, version: '18' } });
    await expect(server.prepare()).rejects.toEqual(
      saying(/^Cannot run PostgreSQL's programs in ".*\/gone": /),
    );
  });

  test('of programs that end without a word, and leaves nothing behind', async () => {
    const options = { ...optionsIn(), installation: fakes('exit 3') };
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(/^Cannot make the embedded database in ".*": initdb ended with exit status 3\.$/),
    );
    expect(fs.readdirSync(options.dir)).toEqual([]);
  });

  test('of a cluster that another major version made', async () => {
    const options = optionsIn();
    await cluster(options);
    fs.writeFileSync(path.join(dataOf(options), 'PG_VERSION'), '17\n');
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(
        /: PostgreSQL 17 made it and PostgreSQL 18\.\d+ is here; install PostgreSQL 17, or move/,
      ),
    );
  });

  test('of a cluster whose password is lost, or that is damaged', async () => {
    const options = optionsIn();
    await cluster(options);
    fs.rmSync(path.join(options.dir, 'cluster', 'pgpass'));
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(/: its password file ".*pgpass" is missing\.$/),
    );
    fs.rmSync(path.join(dataOf(options), 'PG_VERSION'));
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(/^Cannot read the embedded database in ".*": no such file or directory\.$/),
    );
  });

  test('of a folder that is a file', async () => {
    const options = optionsIn();
    fs.writeFileSync(options.dir, '');
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(/^Cannot make the embedded database in ".*": not a directory\.$/),
    );
  });

  test.skipIf(IS_ROOT)('of a folder that cannot be written', async () => {
    const dir = openDir();
    fs.chmodSync(dir, 0o555);
    await expect(embedded.open(optionsIn(dir)).prepare()).rejects.toEqual(
      saying(/^Cannot make the embedded database in ".*": permission denied\.$/),
    );
  });

  test('of a socket folder that is none', async () => {
    const options = optionsIn();
    await cluster(options);
    fs.writeFileSync(path.join(options.dir, 'run'), '');
    await expect(embedded.open(options).prepare()).rejects.toEqual(
      saying(/^Cannot use ".*\/run" for the embedded database: it is no folder\.$/),
    );
  });

  test.runIf(IS_ROOT)('of data and a socket folder that belong to somebody else', async () => {
    const options = optionsIn();
    await cluster(options);
    fs.mkdirSync(path.join(options.dir, 'run'));
    fs.chownSync(path.join(options.dir, 'run'), 1234, 1234);
    const sentence = (name: string): RegExp =>
      new RegExp(
        `^Cannot use ".*/${name}" for the embedded database: it belongs to the user 1234, and the server runs as \\d+\\.$`,
      );
    await expect(embedded.open(options).prepare()).rejects.toEqual(saying(sentence('run')));
    fs.chownSync(dataOf(options), 1234, 1234);
    await expect(embedded.open(options).prepare()).rejects.toEqual(saying(sentence('data')));
  });

  test.runIf(CAN_MOUNT)(
    'of a disk that is too full for a cluster, and leaves it empty',
    async () => {
      const options = optionsIn(tinyDisk('4m'));
      await expect(embedded.open(options).prepare()).rejects.toEqual(
        saying(/^Cannot make the embedded database in ".*": the disk is full\.$/),
      );
      expect(fs.readdirSync(options.dir)).toEqual([]);
    },
  );
});

describe('open() tells in one sentence', () => {
  test('of a user that the server cannot have', () => {
    const asked = { ...optionsIn(), uid: 1234, user: 'root' };
    expect(() => embedded.open(asked)).toThrow(
      saying(/as "root": only root may change its user\.$/),
    );
    expect(() => embedded.open({ ...asked, uid: 0 })).toThrow(saying(/cannot run as root/));
  });
});

describe('start() tells in one sentence', () => {
  test.runIf(CAN_MOUNT)('of a disk that is full, and works once it is not', async () => {
    const options = optionsIn(tinyDisk('64m'));
    await cluster(options);
    const server = embedded.open(options);
    await server.prepare();
    const filler = path.join(options.dir, 'filler');
    expect(() => fs.writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024))).toThrow(/ENOSPC/);
    const started = launch(server);
    await expect(started.ready).rejects.toEqual(
      saying(/^Cannot start the embedded database in ".*": the disk is full\.$/),
    );
    expect((await started.exited).code).not.toBe(0);
    fs.rmSync(filler);
    await start(server);
  });

  test('of settings that PostgreSQL does not take, in its own words', async () => {
    const { options, server } = await prepared();
    fs.appendFileSync(path.join(dataOf(options), 'postgresql.conf'), 'no_such_setting = 1\n');
    const started = launch(server);
    await expect(started.ready).rejects.toEqual(saying(/no_such_setting|contains errors/));
    const { words } = await started.exited;
    expect(words.join('\n')).toContain('unrecognized configuration parameter "no_such_setting"');
  });

  test('of data that has gone', async () => {
    const { options, server } = await prepared();
    fs.rmSync(path.join(options.dir, 'cluster'), { recursive: true });
    const { error } = await launch(server).exited;
    expect(error?.message).toMatch(/its folder ".*" does not exist\.$/);
  });

  test("of a password that is not the server's, and the server ends again", async () => {
    const { server } = await prepared();
    fs.writeFileSync(server.address.passFile ?? '', '*:*:*:app:another\n');
    const started = launch(server);
    await expect(started.ready).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
    expect(await started.exited).toMatchObject({ code: 0 });
  });
});

describe('the log', () => {
  test('is moved aside when it has grown', async () => {
    const options = optionsIn();
    await cluster(options);
    const log = path.join(options.dir, 'server.log');
    fs.writeFileSync(log, Buffer.alloc(6 * 1024 * 1024, 'x'));
    const server = embedded.open(options);
    await server.prepare();
    await start(server);
    expect(fs.statSync(`${log}.1`).size).toBe(6 * 1024 * 1024);
    expect(fs.readFileSync(log, 'utf8')).toContain(
      'database system is ready to accept connections',
    );
  });

  test('is never one that somebody else has put there', async () => {
    const options = optionsIn();
    await cluster(options);
    const victim = path.join(tempDir(), 'victim');
    fs.writeFileSync(victim, '');
    fs.symlinkSync(victim, path.join(options.dir, 'server.log'));
    const server = embedded.open(options);
    await server.prepare();
    const { error } = await launch(server).exited;
    expect(error?.message).toMatch(/^Cannot start the embedded database in ".*": /);
    expect(fs.readFileSync(victim, 'utf8')).toBe('');
  });
});
