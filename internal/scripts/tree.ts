/** The tree of worker scripts. */

import fs from 'node:fs';
import path from 'node:path';

/** What Node can run. */
const ENDINGS: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);

/** More entries than this are not looked at: a tree of scripts is smaller. */
const MOST = 10_000;

/** The script of a worker's `type` below `root`; undefined when there is none. */
export function find(root: string, type: string): string | undefined {
  const folder = path.join(root, 'workers');
  return filesBelow(folder).find(
    (file) => ENDINGS.has(path.extname(file)) && typeOf(path.relative(folder, file)) === type,
  );
}

/**
 * Whether the project at `root` has worker scripts: files below its folder `workers` that use
 * `rodent/worker`, or that tree's own configuration. Other projects have folders of that name too.
 */
export function hasAny(root: string): boolean {
  const files = filesBelow(path.join(root, 'workers'));
  if (files.length === 0) return false;
  const isConfigured = fs.existsSync(path.join(root, CONFIGURATION));
  return (
    isConfigured || files.some((file) => path.basename(file) === CONFIGURATION || usesUs(file))
  );
}

const CONFIGURATION = 'uniphant.conf';

function usesUs(file: string): boolean {
  if (!ENDINGS.has(path.extname(file))) return false;
  try {
    return /['"]rodent\/worker['"]/.test(fs.readFileSync(file, 'utf8'));
  } catch {
    // Not ours to read: then it is not ours to run either.
    return false;
  }
}

function typeOf(file: string): string {
  const { dir, name } = path.parse(file);
  return [...dir.split(path.sep), name].filter((part) => part !== '').join('.');
}

/** Every file below `folder`, sorted; installed packages and hidden folders left out, each folder once. */
function filesBelow(folder: string): readonly string[] {
  const files: string[] = [];
  const seen = new Set<string>();
  const pending = [folder];
  for (let dir = pending.pop(); dir !== undefined && files.length < MOST; dir = pending.pop()) {
    const place = placeOf(dir);
    // A link may lead back up, or to where we have been.
    if (place === undefined || seen.has(place)) continue;
    seen.add(place);
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      const file = path.join(dir, entry.name);
      if (entry.isFile()) files.push(file);
      else if (!/^(node_modules$|\.)/.test(entry.name)) pending.push(file);
    }
  }
  return files.toSorted();
}

/** The real path of a folder that can be looked into; undefined for anything else. */
function placeOf(dir: string): string | undefined {
  try {
    fs.accessSync(dir, fs.constants.R_OK | fs.constants.X_OK);
    return fs.statSync(dir).isDirectory() ? fs.realpathSync(dir) : undefined;
  } catch {
    // It is not there, or not ours to look into: then there is nothing to run.
    return undefined;
  }
}
