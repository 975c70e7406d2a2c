/** All programs of a folder, or everything that is wrong with them. */

import fs from 'node:fs';
import path from 'node:path';

import * as config from '../config/index.js';
import * as errors from '../errors/index.js';
import type { Definition, Output, Rotation, Run } from './definition.js';
import { digest, openSecret, readEnvironment } from './environment.js';
import type { Variables } from './environment.js';
import { readProgram } from './file.js';
import type { ProgramFile } from './file.js';

/** Where the definitions are, and what holds when they do not say. */
export interface LoadOptions {
  /** Folder of the files `NAME.conf`; one that is missing holds none. */
  readonly dir: string;
  /** Folder of rodent.conf: where programs run by default, and where relative paths start. */
  readonly projectDir: string;
  /** Folder of the service's logs; undefined: programs write where the service does. */
  readonly logDir: string | undefined;
  /** What `~` stands for. */
  readonly homeDir: string;
  /** What `$NAME` in a path stands for. */
  readonly env: config.Environment;
  /** `log.rotate.*` of the service; default 50 MiB, 10 files. */
  readonly rotation?: Rotation;
}

const ROTATION: Rotation = { sizeBytes: 50 * 1024 * 1024, keep: 10 };
const SUFFIX = '.conf';
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/**
 * Reads every `NAME.conf` in the folder; sorted by name. Other names, and those that begin with a dot,
 * are passed over.
 *
 * @throws RodentError CONFIG_INVALID naming every problem of every file with its place.
 */
export function load(options: LoadOptions): readonly Definition[] {
  const { definitions, problems } = readAll(options);
  if (problems.length > 0) throw config.invalid(problems);
  return definitions;
}

/** Returns what `load` would throw. */
export function check(options: LoadOptions): readonly config.Problem[] {
  return readAll(options).problems;
}

function readAll(options: LoadOptions): {
  readonly definitions: readonly Definition[];
  readonly problems: readonly config.Problem[];
} {
  const definitions: Definition[] = [];
  const problems: config.Problem[] = [];
  for (const file of filesIn(options.dir, problems)) {
    const name = path.basename(file, SUFFIX);
    const read = readProgram(file, name, placeOf(options));
    if (read === undefined) continue;
    if (!NAME.test(name)) problems.push({ place: file, text: BAD_NAME });
    problems.push(...read.problems);
    const run = runOf(read, problems);
    const environment = environmentOf(read, problems);
    if (run !== undefined)
      definitions.push({ ...settingsOf(name, read, options), ...environment, run });
  }
  return { definitions, problems };
}

const BAD_NAME =
  'A program is named by its file, in lower-case letters, digits, dots, dashes and underscores.';

function filesIn(dir: string, problems: config.Problem[]): readonly string[] {
  try {
    const names = fs.readdirSync(dir).filter((name) => /^[^.].*\.conf$/.test(name));
    return names.toSorted().map((name) => path.join(dir, name));
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return [];
    problems.push({ place: dir, text: `The folder cannot be read: ${errors.describe(error)}.` });
    return [];
  }
}

function placeOf({ projectDir, homeDir, env }: LoadOptions): config.Place {
  return { base: projectDir, homeDir, variable: (name) => env[name] };
}

/** Exactly one of `command` and `script`. */
function runOf(file: ProgramFile, problems: config.Problem[]): Run | undefined {
  const { command, script, args = [] } = file.values;
  if (command !== undefined && script !== undefined) {
    const text = `"script" and "command" (${file.placeOf('command')}) exclude each other.`;
    problems.push({ place: file.placeOf('script'), text });
    return undefined;
  }
  if (command !== undefined) return { kind: 'command', words: [...command, ...args] };
  if (script !== undefined) return { kind: 'script', path: script, args };
  // Whoever wrote one and got it wrong has been told so.
  const isTold = file.placeOf('command') !== file.path || file.placeOf('script') !== file.path;
  const isUnread = file.problems.some(({ isFatal }) => isFatal === true);
  const text = 'The file says nothing to run: it needs "command" or "script".';
  if (!isUnread && !(isTold && file.problems.length > 0)) problems.push({ place: file.path, text });
  return undefined;
}

type Environment = Pick<Definition, 'environment' | 'environmentFile' | 'environmentDigest'>;

function environmentOf(file: ProgramFile, problems: config.Problem[]): Environment {
  const listed: Variables = file.values.environment ?? {};
  const environment: Record<string, string> = { ...listed };
  for (const [name, { text, place }] of file.variables) {
    const second = `"${name}" stands in "environment" as well (${file.placeOf('environment')}).`;
    if (Object.hasOwn(listed, name)) problems.push({ place, text: second });
    environment[name] = text;
  }
  const open = openSecret(Object.keys(environment), file);
  if (open !== undefined) problems.push(open);
  const { environmentFile } = file.values;
  if (environmentFile === undefined) {
    return { environment, environmentFile, environmentDigest: undefined };
  }
  const read = readEnvironment(environmentFile);
  const place = file.placeOf('environmentFile');
  problems.push(...read.problems.map((problem) => named(problem, place)));
  return { environment, environmentFile, environmentDigest: digest(read.variables) };
}

/** A problem of another file says which line led there. */
function named(problem: config.Problem, place: string): config.Problem {
  return { ...problem, text: `${problem.text} (The "environmentFile" of ${place}.)` };
}

type Settings = Omit<Definition, 'run' | keyof Environment>;

function settingsOf(
  name: string,
  { path: file, values }: ProgramFile,
  options: LoadOptions,
): Settings {
  const { sizeBytes, keep } = options.rotation ?? ROTATION;
  return {
    name,
    file,
    directory: values.directory ?? options.projectDir,
    autostart: values.autostart,
    autorestart: values.autorestart,
    exitCodes: values.exitcodes,
    settleMs: values.startsecs,
    startRetries: values.startretries,
    readiness: values.readiness,
    stopSignal: values.stopsignal,
    stopMs: values.stopwaitsecs,
    stopAsGroup: values.stopasgroup,
    killAsGroup: values.killasgroup,
    priority: values.priority,
    user: values.user,
    group: values.group,
    umask: values.umask,
    stdout: outputOf(values.stdout, options.logDir, `${name}.log`),
    stderr: outputOf(values.stderr, options.logDir, `${name}.error.log`),
    rotation: {
      sizeBytes: values['log.rotate.size'] ?? sizeBytes,
      keep: values['log.rotate.keep'] ?? keep,
    },
  };
}

function outputOf(value: string | undefined, logDir: string | undefined, file: string): Output {
  if (value === 'inherit' || value === 'none' || value === 'stdout') return { kind: value };
  if (value !== undefined) return { kind: 'file', path: value };
  if (logDir === undefined) return { kind: 'inherit' };
  return { kind: 'file', path: path.join(logDir, 'programs', file) };
}
