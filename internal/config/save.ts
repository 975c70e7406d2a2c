/** Writing the values in effect to a file: whole or not at all, private, and never a secret. */

import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import { isSavable, writtenOf } from './config.js';
import type { Config } from './config.js';
import * as file from './file.js';
import type { ConfigFile } from './file.js';
import { FILE_NAME, projectOf } from './home.js';
import { KEYS, KEY_NAMES, isKey } from './keys.js';
import type { Key } from './keys.js';
import { KINDS } from './kinds.js';
import { invalid } from './problem.js';

export interface SavePathOptions {
  readonly cwd: string;
  readonly homeDir: string;
  /** The effective user, as `process.getuid()` returns it; undefined where there is none. */
  readonly uid: number | undefined;
  /** Default: `/etc/rodent/rodent.conf`. */
  readonly systemFile?: string;
}

export interface Saved {
  readonly path: string;
  /** Sorted. */
  readonly keys: readonly Key[];
  /** Secrets in effect that were left out. */
  readonly secrets: readonly Key[];
}

/**
 * Returns the file that `--save` writes: the one that -c names, else the rodent.conf of the project
 * around the working directory, else that of the system for root and that of the user otherwise.
 *
 * Source: R-INP-74, R-ROD-51.
 */
export function savePath(config: Config, options: SavePathOptions): string {
  const { cwd, homeDir, uid, systemFile = '/etc/rodent/rodent.conf' } = options;
  const project = projectOf({ cwd, homeDir });
  const own = uid === 0 ? systemFile : path.join(homeDir, '.rodent', FILE_NAME);
  return config.get('config') ?? (project === undefined ? own : path.join(project, FILE_NAME));
}

/**
 * Writes to `target` every value that somebody set: no defaults, so that a later release may improve
 * them, no secrets and no one-shot keys. Keys of a new file are sorted. A file that is there keeps its
 * order, its comments and the secrets that it already holds; other keys of it that are no longer in
 * effect go. The file gets mode 0600 and is replaced by a rename, a link by what it points to.
 *
 * @throws RodentError CONFIG_INVALID when the present file has problems, FILE when it cannot be written.
 */
export function save(config: Config, target: string): Saved {
  const values = savable(config);
  const present = file.read(target);
  if (present !== undefined && present.problems.length > 0) throw invalid(present.problems);
  try {
    replace(real(target), present === undefined ? fresh(values) : merged(present, values));
  } catch (error) {
    throw new errors.RodentError(
      `Cannot save the configuration to "${target}": ${errors.describe(error)}.`,
      { code: 'FILE', cause: error },
    );
  }
  const isHeld = (key: Key): boolean => KEYS[key].secret === true && config.get(key) !== undefined;
  return {
    path: target,
    keys: [...values.keys()],
    secrets: KEY_NAMES.filter((key) => isHeld(key)),
  };
}

function savable(config: Config): ReadonlyMap<Key, string> {
  const keys = KEY_NAMES.filter((key) => isSavable(config, key));
  return new Map(keys.map((key) => [key, written(config, key)]));
}

/** A file cannot hold every value (white space at an end, a comma within a list's item). */
function written(config: Config, key: Key): string {
  const text = writtenOf(key, config.get(key));
  const { kind } = KEYS[key];
  const place = { base: '/', homeDir: '/', variable: () => undefined };
  const again = text === '' ? '' : KINDS[kind].parse(text.trim(), KEYS[key], place);
  if (JSON.stringify(again) === JSON.stringify(config.get(key) ?? '') || text === '') return text;
  throw new errors.RodentError(`Cannot save "${key}": a file cannot hold its value.`, {
    code: 'FILE',
  });
}

function fresh(values: ReadonlyMap<Key, string>): string {
  return ['# Written by rodent serve --save.', ...linesOf(values), ''].join('\n');
}

function linesOf(values: ReadonlyMap<Key, string>): readonly string[] {
  return [...values].map(([key, text]) => `${key}=${text}`);
}

function merged(present: ConfigFile, values: ReadonlyMap<Key, string>): string {
  const keyAt = new Map(present.pairs.map(({ line, key }) => [line, key]));
  const rest = new Map(values);
  const lines = present.text
    .trimEnd()
    .split(/\r?\n/)
    .flatMap((content, index) => {
      const key = keyAt.get(index + 1);
      if (key === undefined || (isKey(key) && KEYS[key].secret === true)) return [content];
      const text = isKey(key) ? values.get(key) : undefined;
      if (isKey(key)) rest.delete(key);
      return text === undefined ? [] : [`${key}=${text}`];
    });
  return [...lines, ...linesOf(rest), ''].join('\n');
}

function real(target: string): string {
  try {
    return fs.realpathSync(target);
  } catch {
    // Not there yet, or a link to nothing: the name itself is written.
    return target;
  }
}

/** A new name, complete and on the disk, before it takes the old one's place. Source: W-INP-36. */
function replace(target: string, text: string): void {
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.${path.basename(target)}.${crypto.randomUUID()}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    fs.writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}
