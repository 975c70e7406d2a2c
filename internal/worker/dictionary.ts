/** The configuration dictionary: the keys that every worker has, and those of its files. */

import * as errors from '../errors/index.js';

/**
 * The keys that are there before any file is read. They are reserved: a file that sets one is refused.
 *
 * Source: seed 001 section 4.3; R-UNI-44, R-UNI-46, R-UNI-47.
 */
export interface InitialConfig {
  /** The folder that contains `workers`. */
  readonly root_dir: string;
  /** The folder of the calling script. */
  readonly script_dir: string;
  /** What stands between `workers` and the script's extension, joined by dots. */
  readonly worker_type: string;
  readonly lock_file: string;
  readonly host_id_file: string;
  /** The UUID of this machine, as far as `root_dir` reaches. */
  readonly host_id: string;
  /** A UUID that is another for every process. */
  readonly process_id: string;
  readonly host_name: string;
  readonly foreground: boolean;
  /** The UUID of the command line; empty where none was given. */
  readonly worker_id: string;
  /** The parent's process id; undefined for a worker in the background. */
  readonly parent_pid: number | undefined;
  /** Where the worker may keep credentials that it obtains itself; made by whoever writes there first. */
  readonly secret_dir: string;
}

/** Keys of the files: their values are text. */
export interface Dictionary {
  readonly [key: string]: string | number | boolean | undefined;
  readonly [ORIGINS]?: Origins;
}

/** What a worker function is given. */
export type Config = InitialConfig & Dictionary;

/** Where a key was set. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly isSecret: boolean;
}

/** The origins of the keys by key. */
export type Origins = ReadonlyMap<string, Origin>;

/**
 * Where the dictionary keeps its origins. A symbol, so that no key of a file meets it and JSON leaves it
 * out; enumerable, so that a copy of the dictionary still knows its secrets.
 */
export const ORIGINS: unique symbol = Symbol('origins of the keys');

/** The keys that no file may set. */
export const RESERVED: readonly string[] = [
  'root_dir',
  'script_dir',
  'worker_type',
  'lock_file',
  'host_id_file',
  'host_id',
  'process_id',
  'host_name',
  'foreground',
  'worker_id',
  'parent_pid',
  'secret_dir',
];

/** Sets `key` as an own property, whatever its name. */
export function set(config: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(config, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** The error that names all `problems`. */
export function invalid(problems: readonly string[]): errors.RodentError {
  const [first = ''] = problems;
  const detail =
    problems.length === 1
      ? `Invalid configuration: ${first}`
      : ['Invalid configuration:', ...problems].join('\n  ');
  return new errors.RodentError(detail, { code: 'CONFIG_INVALID', contextData: { problems } });
}
