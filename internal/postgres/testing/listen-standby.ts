/** A server of its own that follows no one: a standby until it is promoted. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';
import { onTestFinished } from 'vitest';

import { database, until } from '../../../test/support/index.js';
import type { Address } from '../index.js';

export interface Standby {
  readonly address: Address;
  promote(): Promise<void>;
}

const NOBODY = 65_534;

/** Starts one; undefined where the tests run on a server whose binaries are not known. */
export async function standby(): Promise<Standby | undefined> {
  if (process.env['RODENT_TEST_DATABASE_URL'] !== undefined) return undefined;
  await database(); // The binaries are unpacked for it.
  const bin = path.join(process.env['TEST_POSTGRES_OF_RODENT'] ?? '', 'native', 'bin');
  // Not below a folder of root's: the server runs as somebody else.
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-standby-'));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (identity.uid !== undefined) fs.chownSync(dir, NOBODY, NOBODY);
  const data = path.join(dir, 'data');
  const words = ['-D', data, '-U', 'rodent', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'];
  await promisify(execFile)(path.join(bin, 'initdb'), words, { cwd: dir, ...identity });
  fs.writeFileSync(path.join(data, 'standby.signal'), '');
  const flags = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off'];
  const server = spawn(
    path.join(bin, 'postgres'),
    ['-D', data, ...flags.flatMap((flag) => ['-c', flag])],
    { cwd: dir, stdio: 'ignore', ...identity },
  );
  const ended = once(server, 'exit');
  onTestFinished(async () => {
    server.kill('SIGINT');
    await ended;
  });
  await until('the standby to be ready', () => /^ready|^standby/m.test(statusOf(data)));
  const address = { host: dir, user: 'rodent', name: 'postgres' };
  return { address, promote: () => promote(address) };
}

function statusOf(data: string): string {
  const file = path.join(data, 'postmaster.pid');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

async function promote({ host, user, name }: Address): Promise<void> {
  const client = new pg.Client({ host, user, database: name });
  await client.connect();
  await client.query('select pg_promote()');
  await client.end();
}
