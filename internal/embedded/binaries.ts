/** Makes the programs of the platform package fit to run, where they are or in a copy. */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import { isReachable } from './account.js';
import type { Account } from './account.js';
import { attempt } from './fault.js';
import { clearLeftovers, makeParents, settle, temporaryName } from './folder.js';
import type { Installation } from './installation.js';
import type { Place } from './place.js';

/** What the paths of the list begin with. */
const ROOT = 'native';

/** A link that the package lists instead of having it. */
interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Returns the folder of programs that the server's user can run. The links between libraries that the
 * package would make after its installation are made here, since many install without running scripts.
 * A copy is made once for each version when the package lies where it cannot be read or changed.
 *
 * @throws RodentError EMBEDDED_DATABASE.
 */
export async function prepareBinaries(
  installation: Installation,
  account: Account,
  place: Place,
): Promise<string> {
  const { bin } = installation;
  if (installation.package === undefined) return bin;
  const { native, release } = installation.package;
  const isReadable = !account.isOther || isReachable(bin, account);
  if (isReadable && isHydrated(native)) return bin;
  const copy = path.join(place.binaries, `postgresql-${release}`);
  await attempt(`Cannot copy the programs of PostgreSQL to "${copy}"`, () =>
    copyOnce(native, copy, account),
  );
  return path.join(copy, 'bin');
}

/** Makes the links that are missing; false when they cannot be made here. */
function isHydrated(native: string): boolean {
  try {
    hydrate(native);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].some((code) => errors.hasCode(error, code))) return false;
    throw error;
  }
}

function hydrate(native: string): void {
  for (const { source, target } of linksOf(native)) {
    const link = path.join(native, path.relative(ROOT, target));
    const isInside = link.startsWith(native + path.sep);
    if (isInside && !isThere(link)) makeLink(path.relative(path.dirname(target), source), link);
  }
}

function linksOf(native: string): readonly Link[] {
  const list = path.join(native, 'pg-symlinks.json');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own list
  return fs.existsSync(list) ? (JSON.parse(fs.readFileSync(list, 'utf8')) as readonly Link[]) : [];
}

function isThere(link: string): boolean {
  return fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined;
}

/** Somebody else may make it at the same time. */
function makeLink(to: string, link: string): void {
  try {
    fs.symlinkSync(to, link);
  } catch (error) {
    if (!errors.hasCode(error, 'EEXIST')) throw error;
  }
}

async function copyOnce(native: string, copy: string, account: Account): Promise<void> {
  const [parent, name] = [path.dirname(copy), path.basename(copy)];
  makeParents(parent, account);
  clearLeftovers(parent, name);
  if (fs.existsSync(copy)) return;
  const temporary = path.join(parent, temporaryName(name));
  try {
    await fs.promises.cp(native, temporary, {
      recursive: true,
      verbatimSymlinks: true,
      filter: isNeeded,
    });
    hydrate(temporary);
    open(temporary);
    settle(temporary, copy);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** Archives are for whoever compiles against them. */
function isNeeded(file: string): boolean {
  return !file.endsWith('.a');
}

/** Lets everybody read it, whatever the mask of this process is: programs are no secret. */
function open(dir: string): void {
  fs.chmodSync(dir, 0o755);
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) open(file);
    else if (entry.isFile()) fs.chmodSync(file, isProgram(file) ? 0o755 : 0o644);
  }
}

function isProgram(file: string): boolean {
  return (fs.statSync(file).mode & 0o100) !== 0;
}
