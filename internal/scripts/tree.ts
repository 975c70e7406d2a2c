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

/** Whether the project at `root` has worker scripts: a folder `workers`, and a `uniphant.conf` in its tree. */
export function hasAny(root: string): boolean {
  const folder = path.join(root, 'workers');
  if (!fs.existsSync(folder)) return false;
  const isConfigured = fs.existsSync(path.join(root, CONFIGURATION));
  return isConfigured || filesBelow(folder).some((file) => path.basename(file) === CONFIGURATION);
}

const CONFIGURATION = 'uniphant.conf';

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
