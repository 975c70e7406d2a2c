/** The configuration files of a worker: one a folder, from the script's up to the project's root. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as errors from '../errors/index.js';
import type { Config, Dictionary, Origin } from './dictionary.js';
import * as dictionary from './dictionary.js';
import type { Entry, Parsed } from './parse.js';
import * as parse from './parse.js';

const PLAIN_FILE = 'uniphant.conf';
const SECRETS_FILE = 'secrets.conf';

/** What reading needs to know of a dictionary. */
export type Located = Pick<Config, 'root_dir' | 'script_dir'>;

/** An entry, and whether its file is one of secrets. */
interface Found {
  readonly entries: readonly (Entry & { readonly isSecret: boolean })[];
  readonly problems: readonly string[];
}

/**
 * Adds to `config` what `uniphant.conf` says in the script's folder and every folder above it up to the
 * root's, and what the files of secrets say, see `readSecretConfigFiles`. Returns `config`.
 *
 * @throws RodentError CONFIG_INVALID naming everything that is wrong in all of the files at once: a key
 *   set twice (with both places), a reserved key, a line without `=`, secrets that others can read.
 * Source: seed 001 section 4.1; R-UNI-26, R-UNI-32…35, R-UNI-41…46.
 */
export function readConfigFiles<T extends Located>(config: T): T & Dictionary {
  return add(config, both(plainFiles(config), secretFiles(config)));
}

/**
 * Adds to `config` the secrets: for each folder from the script's up to the root's, the file
 * `~/.uniphant/secrets/<folder relative to the root>/secrets.conf`, also that of the root itself. Sets
 * `secret_dir`, the folder of the script's own secrets. Returns `config`.
 *
 * A file and its folders up to `~/.uniphant/secrets` must be closed to group and others (0600, 0700).
 *
 * @throws RodentError CONFIG_INVALID, as `readConfigFiles` does; no message ever shows a value.
 * Source: seed 001 section 4.1 step 6; R-UNI-25, R-UNI-42…45.
 */
export function readSecretConfigFiles<T extends Located>(config: T): T & Dictionary {
  return add(config, secretFiles(config));
}

function add<T extends Located>(config: T & Dictionary, found: Found): T & Dictionary {
  const before = config[dictionary.ORIGINS] ?? new Map<string, Origin>();
  const problems = [
    ...found.problems,
    ...found.entries.flatMap((entry) => reserved(entry)),
    ...found.entries.flatMap((entry) => clash(entry, config, before.get(entry.key))),
    ...parse.duplicates(found.entries),
  ];
  if (problems.length > 0) throw dictionary.invalid([...new Set(problems)]);
  const origins = new Map(before);
  for (const { key, value, file, line, isSecret } of found.entries) {
    dictionary.set(config, key, value);
    origins.set(key, { file, line, isSecret });
  }
  dictionary.set(config, dictionary.ORIGINS, origins);
  dictionary.set(config, 'secret_dir', path.join(secretsRoot(), relative(config)));
  return config;
}

function reserved({ key, file, line }: Entry): readonly string[] {
  if (!dictionary.RESERVED.includes(key)) return [];
  return [`${file}:${line}: the key "${key}" is reserved; rodent sets it`];
}

/** What an earlier call has put into the dictionary counts as set. */
function clash(entry: Entry, config: object, origin: Origin | undefined): readonly string[] {
  if (dictionary.RESERVED.includes(entry.key) || !Object.hasOwn(config, entry.key)) return [];
  if (origin !== undefined) return [parse.duplicate(entry, origin)];
  return [`${entry.file}:${entry.line}: the key "${entry.key}" is set already`];
}

function plainFiles(config: Located): Found {
  const files = levels(config).map((level) => path.join(config.root_dir, level, PLAIN_FILE));
  return gather(files, 'plain', () => []);
}

function secretFiles(config: Located): Found {
  const root = secretsRoot();
  const files = levels(config).map((level) => path.join(root, level, SECRETS_FILE));
  return gather(files, 'secret', (file) => exposures(file, root));
}

function gather(
  files: readonly string[],
  kind: 'plain' | 'secret',
  check: (file: string) => readonly string[],
): Found {
  const isSecret = kind === 'secret';
  const parsed = files.flatMap((file): readonly Parsed[] => {
    const found = parse.parseIfThere(file);
    return found === undefined ? [] : [{ ...found, problems: [...found.problems, ...check(file)] }];
  });
  return {
    entries: parsed.flatMap(({ entries }) => entries.map((entry) => ({ ...entry, isSecret }))),
    problems: parsed.flatMap(({ problems }) => problems),
  };
}

function both(a: Found, b: Found): Found {
  return {
    entries: [...a.entries, ...b.entries],
    problems: [...a.problems, ...b.problems],
  };
}

/** The folders to visit, relative to the root: the script's first, the root (an empty word) last. */
function levels(config: Located): readonly string[] {
  const names = relative(config).split(path.sep);
  const below = names[0] === '' ? [] : names;
  return [...below.map((_, index) => below.slice(0, below.length - index).join(path.sep)), ''];
}

function relative({ root_dir, script_dir }: Located): string {
  const way = path.relative(root_dir, script_dir);
  if (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)) return way;
  const detail = `Cannot read the configuration: the folder "${script_dir}" is not below "${root_dir}".`;
  throw new errors.RodentError(detail, { code: 'CONFIG_INVALID' });
}

function secretsRoot(): string {
  return path.join(os.homedir(), '.uniphant', 'secrets');
}

/** What is too open among `file` and the folders that lead to it from `root` on. */
function exposures(file: string, root: string): readonly string[] {
  if (process.platform === 'win32') return [];
  const folders: string[] = [];
  for (let at = path.dirname(file); at !== path.dirname(root); at = path.dirname(at))
    folders.push(at);
  return [
    ...exposure(file, '0600', 'file'),
    ...folders.flatMap((folder) => exposure(folder, '0700', 'folder')),
  ];
}

function exposure(place: string, wanted: string, what: string): readonly string[] {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  if ((stat.mode & 0o077) !== 0) {
    return [`${place}: others can use this ${what} of secrets (mode ${mode}); run chmod ${wanted}`];
  }
  const uid = process.geteuid?.();
  if (uid === undefined || stat.uid === uid || stat.uid === 0) return [];
  return [`${place}: this ${what} of secrets belongs to user ${stat.uid}`];
}
