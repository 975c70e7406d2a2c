/** Where a service keeps its state, and which folders around it may hold its configuration. */

import fs from 'node:fs';
import path from 'node:path';

import { KINDS, isRefusal } from './kinds.js';
import { invalid } from './problem.js';

/** The variables of an environment, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface HomeOptions {
  /** The value of --home; default: not given. */
  readonly home?: string | undefined;
  readonly env: Environment;
  /** The absolute working directory. */
  readonly cwd: string;
  /** The home folder of the user, as `os.homedir()` returns it. */
  readonly homeDir: string;
}

/** The name of a configuration file wherever it stands. */
export const FILE_NAME = 'rodent.conf';

/**
 * Returns the absolute folder of the state of the service: --home, else RODENT_HOME, else `.rodent`
 * beside the nearest rodent.conf or package.json from the working directory upwards, else `.rodent`
 * in the working directory. Makes nothing and reads no file.
 *
 * @throws RodentError CONFIG_INVALID when --home or RODENT_HOME is no path.
 * Source: design section 4.
 */
export function resolveHome(options: HomeOptions): string {
  const { home, env } = options;
  if (home !== undefined && home !== '') return expand(home, '--home', options);
  const variable = env['RODENT_HOME'] ?? '';
  if (variable !== '') return expand(variable, 'RODENT_HOME', options);
  return path.join(projectOf(options) ?? options.cwd, '.rodent');
}

/** The nearest folder with a rodent.conf or a package.json, from the working directory upwards. */
export function projectOf(options: {
  readonly cwd: string;
  readonly homeDir: string;
}): string | undefined {
  return foldersUpward(options.cwd, options.homeDir).find((folder) =>
    [FILE_NAME, 'package.json'].some((name) => fs.existsSync(path.join(folder, name))),
  );
}

/**
 * The working directory and the folders above it that may belong to the same project, nearest first.
 * The user's home folder and the root are nobody's project, and in a folder that everyone may write
 * to, such as /tmp, anyone could plant a file: none of these counts unless one works right in it.
 */
export function foldersUpward(cwd: string, homeDir: string): readonly string[] {
  const folders = [cwd];
  const end = realPath(homeDir);
  for (let folder = cwd; folder !== end;) {
    folder = path.dirname(folder);
    if (folder === end || folder === path.dirname(folder)) break;
    if (!isWorldWritable(folder)) folders.push(folder);
  }
  return folders;
}

function expand(text: string, place: string, options: HomeOptions): string {
  const { env, cwd, homeDir } = options;
  const parsed = KINDS.path.parse(text, {}, { base: cwd, homeDir, variable: (name) => env[name] });
  if (!isRefusal(parsed)) return parsed;
  throw invalid([
    { key: 'home', place, text: `"home" must be ${parsed.expected}, not "${text}".` },
  ]);
}

function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    // A user without a home folder has no upper end; the root is one anyway.
    return folder;
  }
}

function isWorldWritable(folder: string): boolean {
  try {
    return (fs.statSync(folder).mode & 0o002) !== 0;
  } catch {
    // A folder that one may not look at cannot hold a configuration one may read.
    return true;
  }
}
