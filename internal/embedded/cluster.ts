/** Makes the cluster: complete, or not at all. */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import type { Account } from './account.js';
import { attempt, fault } from './fault.js';
import {
  clearLeftovers,
  give,
  makeParents,
  makePrivate,
  requireOwner,
  settle,
  temporaryName,
} from './folder.js';
import type { Place } from './place.js';
import { run } from './program.js';
import type { Programs } from './program.js';
import { linesFor, majorOf } from './settings.js';

/**
 * The role that owns the cluster, and its database. Not the name of rodent's own schema: PostgreSQL looks
 * in the schema of the user's name first, and the tables of a service would land in there.
 */
export const OWNER = 'app';

const NAME = 'cluster';
const PASSWORD_BYTES = 24;

/**
 * Makes the cluster when there is none, with a random password that only a file knows, and refuses one
 * that these programs cannot open. What a killed run left half made is removed.
 *
 * @throws RodentError EMBEDDED_DATABASE.
 */
export async function prepareCluster(
  programs: Programs,
  place: Place,
  version: string,
): Promise<void> {
  const { account } = programs;
  const what = `Cannot make the embedded database in "${place.root}"`;
  await attempt(what, async () => {
    makeParents(place.root, account);
    clearLeftovers(place.root, NAME);
    if (!fs.existsSync(place.cluster)) await make({ programs, place, version, what });
  });
  await attempt(`Cannot read the embedded database in "${place.root}"`, () =>
    requireUsable(place, account, version),
  );
}

interface Making {
  readonly programs: Programs;
  readonly place: Place;
  readonly version: string;
  readonly what: string;
}

async function make({ programs, place, version, what }: Making): Promise<void> {
  const { account } = programs;
  const temporary = path.join(place.root, temporaryName(NAME));
  const data = path.join(temporary, 'data');
  const pwfile = path.join(temporary, 'password');
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  try {
    fs.mkdirSync(temporary);
    fs.chmodSync(temporary, account.isOther ? 0o755 : 0o700);
    makePrivate(data, account);
    writeSecret(pwfile, password, account);
    await initialise(programs, { what, data, pwfile });
    fs.appendFileSync(path.join(data, 'postgresql.conf'), linesFor(version), { flush: true });
    await createDatabase(programs, what, data);
    fs.rmSync(pwfile);
    writeSecret(path.join(temporary, 'pgpass'), `*:*:*:${OWNER}:${escape(password)}\n`, account);
    settle(temporary, place.cluster);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Initialisation {
  readonly what: string;
  readonly data: string;
  readonly pwfile: string;
}

async function initialise(
  programs: Programs,
  { what, data, pwfile }: Initialisation,
): Promise<void> {
  const encoding = ['-E', 'UTF8', '--no-locale'];
  const access = ['-U', OWNER, '-A', 'scram-sha-256', '--pwfile', pwfile];
  const args = ['-D', data, ...encoding, ...access];
  await run(programs, { what, name: 'initdb', args, directory: data });
}

/** In single-user mode: nobody can connect before the cluster is complete. */
async function createDatabase(programs: Programs, what: string, data: string): Promise<void> {
  const args = ['--single', '-D', data, 'template1'];
  const input = `CREATE DATABASE ${OWNER};\n`;
  await run(programs, { what, name: 'postgres', args, directory: data, input });
}

function writeSecret(file: string, text: string, account: Account): void {
  fs.writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  give(file, account);
}

/** Source: PostgreSQL, "The Password File". */
function escape(text: string): string {
  return text.replaceAll(/[\\:]/g, (character) => `\\${character}`);
}

function requireUsable({ root, data, passFile }: Place, account: Account, version: string): void {
  requireOwner(data, account.uid);
  const made = fs.readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  if (majorOf(made) !== majorOf(version)) {
    throw fault(
      `Cannot open the embedded database in "${root}": PostgreSQL ${made} made it and PostgreSQL ${version} is here; install PostgreSQL ${made}, or move the folder away to begin anew.`,
    );
  }
  if (!fs.existsSync(passFile)) {
    throw fault(`Cannot open the embedded database: its password file "${passFile}" is missing.`);
  }
}
