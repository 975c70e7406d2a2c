/** From what files, environment, flags and program say to one configuration, or to all its problems. */

import * as errors from '../errors/index.js';
import { Config } from './config.js';
import * as file from './file.js';
import type { ConfigFile } from './file.js';
import { resolveHome } from './home.js';
import type { Environment } from './home.js';
import { judgeAll, parse } from './judge.js';
import { KEYS, KEY_NAMES } from './keys.js';
import type { Key } from './keys.js';
import type { Place } from './kind.js';
import * as layers from './layers.js';
import type { Flags, Given } from './layers.js';
import { invalid } from './problem.js';
import type { Problem } from './problem.js';
import { violations } from './rules.js';

export interface ReadOptions {
  /** Usually `process.env`. */
  readonly env: Environment;
  /** The absolute working directory. */
  readonly cwd: string;
  /** The home folder of the user, as `os.homedir()` returns it. */
  readonly homeDir: string;
  /** Default: none. */
  readonly flags?: Flags;
  /** What the program set while it ran, as text; beats everything. Default: nothing. */
  readonly assignments?: Readonly<Partial<Record<Key, string>>>;
  /** Default: `/etc/rodent/rodent.conf`. */
  readonly systemFile?: string;
}

export interface LoadOptions extends ReadOptions {
  /**
   * The keys that the caller will get; what is wrong with others is no error then, so that `stop`
   * works beside a rodent.conf that was edited badly. Default: all.
   */
  readonly need?: readonly Key[];
}

export interface Reading {
  /** Where a value is wrong, the next weaker one stands in. */
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/**
 * Reads every layer and returns the configuration in effect. Call it again with the same options for
 * the configuration as it is by then, and compare the two with `diff`.
 *
 * @throws RodentError CONFIG_INVALID naming every problem with its file and line, flag or variable.
 */
export function load(options: LoadOptions): Config {
  const { config, problems } = read(options);
  const { need } = options;
  const serious = problems.filter(
    ({ key, isFatal }) =>
      need === undefined || isFatal === true || (key !== undefined && need.includes(key)),
  );
  if (serious.length > 0) throw invalid(serious);
  return config;
}

/** Like `load`, but returns the problems beside what could be read, for `rodent config check`. */
export function read(options: ReadOptions): Reading {
  const home = homeOf(options);
  const { files, problems: missing } = readFiles(options, home);
  const results = [
    ...files.map((content) => layers.fromFile(content)),
    layers.fromEnvironment(options.env, options.cwd),
    layers.fromFlags(options.flags ?? {}, options.cwd),
  ];
  const given = [
    ...defaults(options.cwd),
    ...results.flatMap((result) => result.given),
    ...assigned(options),
  ];
  const { sources, problems } = judgeAll(given, (item) => placeOf(item, options, home));
  const config = new Config(sources, { home, files: files.map((content) => content.path) });
  const said = [...missing, ...results.flatMap((result) => result.problems), ...problems];
  return { config, problems: [...said, ...violations(config)] };
}

function homeOf(options: ReadOptions): string {
  try {
    return resolveHome({ ...options, home: last(options.flags?.['home']) });
  } catch (error) {
    if (!errors.hasCode(error, 'CONFIG_INVALID')) throw error;
    // The layer that holds the bad value reports it, together with all else.
    return resolveHome({ ...options, env: { ...options.env, RODENT_HOME: undefined } });
  }
}

function last(value: Flags[string]): string | undefined {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.at(-1) : undefined;
}

const NO_FILE = 'There is no such file, or none that this user may see.';

function readFiles(
  options: ReadOptions,
  home: string,
): { readonly files: readonly ConfigFile[]; readonly problems: readonly Problem[] } {
  const { cwd, homeDir, systemFile = '/etc/rodent/rodent.conf' } = options;
  const named = namedFile(options, home);
  const isWritten = options.flags?.['save'] === true;
  const files: ConfigFile[] = [];
  const problems: Problem[] = [];
  for (const { path, isExplicit } of layers.candidates({ cwd, homeDir, systemFile, named })) {
    const content = file.read(path);
    if (content !== undefined) files.push(content);
    else if (isExplicit && !isWritten) problems.push({ place: path, text: NO_FILE, isFatal: true });
  }
  return { files, problems };
}

function namedFile(options: ReadOptions, home: string): string | undefined {
  const text = last(options.flags?.['config']) || options.env['RODENT_CONFIG'] || '';
  if (text === '') return undefined;
  const item: Given = { key: 'config', layer: 'flag', place: '', text, base: options.cwd };
  const path = parse(item, placeOf(item, options, home));
  return typeof path === 'string' ? path : undefined;
}

function defaults(base: string): readonly Given[] {
  return KEY_NAMES.map((key) => ({
    key,
    layer: 'default',
    place: 'default',
    text: KEYS[key].default,
    base,
  }));
}

function assigned({ assignments = {}, cwd: base }: ReadOptions): readonly Given[] {
  return KEY_NAMES.flatMap((key) => {
    const text = assignments[key];
    return text === undefined
      ? []
      : [{ key, layer: 'assignment', place: 'assignment', text, base } as const];
  });
}

/** `$RODENT_HOME` is the home in effect everywhere but in the value that decides it. */
function placeOf({ key, layer, base }: Given, options: ReadOptions, home: string): Place {
  const { env, homeDir } = options;
  const isDeciding = key === 'home' && layer !== 'default';
  const variable = (name: string): string | undefined =>
    name === 'RODENT_HOME' && !isDeciding ? home : env[name];
  return { base, homeDir, variable };
}
