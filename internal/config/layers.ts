/** What the files, the environment, the flags and the program itself say, each text with its place. */

import path from 'node:path';

import type { Layer } from './config.js';
import type { Definition } from './definition.js';
import type { ConfigFile } from './file.js';
import { FILE_NAME, foldersUpward } from './home.js';
import type { Environment } from './home.js';
import { KEYS, KEY_NAMES, accepts, dashed, isKey, variableOf, variablesOf } from './keys.js';
import type { Key } from './keys.js';
import { nearest, suggestion } from './problem.js';
import type { Problem } from './problem.js';

/** The values of flags by long name, as the command line gave them; undefined: not given. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A text that a layer gives to a key. */
export interface Given {
  readonly key: Key;
  readonly layer: Layer;
  readonly place: string;
  readonly text: string;
  /** The folder that a relative path in it starts from. */
  readonly base: string;
}

export interface LayerResult {
  readonly given: readonly Given[];
  readonly problems: readonly Problem[];
}

/** Variables of the prefix that are no keys: a program hands them to its successors. */
const PREFIX = 'RODENT_';
const INTERNAL_PREFIX = 'RODENT_INTERNAL_';

/** A file to read, and whether somebody named it. */
export interface Candidate {
  readonly path: string;
  readonly isExplicit: boolean;
}

export interface PlaceOptions {
  readonly cwd: string;
  readonly homeDir: string;
  readonly systemFile: string;
  /** The file that -c or RODENT_CONFIG names, absolute. */
  readonly named: string | undefined;
}

/** The files that may be there, the weakest first, each once. */
export function candidates(options: PlaceOptions): readonly Candidate[] {
  const { cwd, homeDir, systemFile, named } = options;
  const found = [
    systemFile,
    path.join(homeDir, '.rodent', FILE_NAME),
    ...foldersUpward(cwd, homeDir)
      .map((folder) => path.join(folder, FILE_NAME))
      .toReversed(),
  ].filter((candidate, index, all) => candidate !== named && all.indexOf(candidate) === index);
  const optional = found.map((candidate) => ({ path: candidate, isExplicit: false }));
  return named === undefined ? optional : [...optional, { path: named, isExplicit: true }];
}

/** What one file says. Every line of it counts, also where a stronger layer says otherwise. */
export function fromFile(content: ConfigFile): LayerResult {
  const given: Given[] = [];
  const problems: Problem[] = [...content.problems];
  for (const { key, value, line } of content.pairs) {
    const place = `${content.path}:${line}`;
    const problem = fileProblem(key, value, { place, content });
    if (problem !== undefined) problems.push(problem);
    else if (isKey(key)) {
      given.push({ key, layer: 'file', place, text: value, base: path.dirname(content.path) });
    }
  }
  return { given, problems };
}

interface Line {
  readonly place: string;
  readonly content: ConfigFile;
}

function fileProblem(key: string, value: string, { place, content }: Line): Problem | undefined {
  if (!isKey(key)) return { place, text: unknownKey(key) };
  const definition = KEYS[key];
  if (!accepts(definition, 'file')) {
    return { place, key, text: `"${key}" cannot stand in a file; ${elsewhere(key)}.` };
  }
  const isOpen = definition.secret === true && value !== '' && ((content.mode ?? 0) & 0o077) !== 0;
  return isOpen ? { place, key, text: openSecret(key, content) } : undefined;
}

/** Source: R-SUP-50; design section 4, "Files that hold secrets must be 0600". */
function openSecret(key: Key, { path, mode = 0 }: ConfigFile): string {
  const octal = mode.toString(8).padStart(4, '0');
  return `The file holds the secret "${key}" but has mode ${octal}; run: chmod 600 ${path}`;
}

/** What does not look like a key is not repeated: it may be the end of a pasted secret. */
function unknownKey(name: string): string {
  const isKeyLike = /^[a-zA-Z][\w.-]{0,63}$/.test(name);
  return isKeyLike ? `"${name}" is no key.${keySuggestion(name)}` : 'The line has no known key.';
}

/** Flags count as names too: who writes "port" into a file means http.port. */
function keySuggestion(name: string): string {
  const flagged = KEY_NAMES.find((key) => KEYS[key].flag === name);
  if (flagged !== undefined) return ` Did you mean "${flagged}"?`;
  return suggestion(
    name,
    KEY_NAMES.filter((key) => accepts(KEYS[key], 'file')),
  );
}

function elsewhere(key: Key): string {
  const { flag } = KEYS[key];
  const variable = accepts(KEYS[key], 'environment') ? ` or ${variableOf(key)}` : '';
  return `use ${dashed(flag ?? '')}${variable}`;
}

/**
 * What the environment says: first the variables of other programs (an empty one, as is usual there,
 * says nothing), then RODENT_…, of which an unknown one is a problem.
 */
export function fromEnvironment(env: Environment, base: string): LayerResult {
  const borrowed: Given[] = [];
  const own: Given[] = [];
  const known = new Set<string>();
  for (const key of KEY_NAMES) {
    for (const place of variablesOf(key, KEYS[key])) {
      const text = env[place];
      const isOwn = place.startsWith('RODENT_');
      known.add(place);
      if (text === undefined || !concerns(text, KEYS[key], isOwn)) continue;
      (isOwn ? own : borrowed).push({ key, layer: 'environment', place, text, base });
    }
  }
  return { given: [...borrowed, ...own], problems: unknownVariables(env, known) };
}

/**
 * Whether a variable says anything: an empty one does only where it can unset a key, and a
 * DATABASE_URL of another kind of database is meant for the app alone.
 */
function concerns(text: string, definition: Definition, isOwn: boolean): boolean {
  if (text === '') return isOwn && definition.default === '';
  return isOwn || definition.kind !== 'databaseUrl' || /^postgres(?:ql)?:/.test(text);
}

/**
 * Variables that look like a slip of the pen, or like a key that no variable sets. Others that begin with RODENT_ are somebody else's:
 * Kubernetes sets RODENT_SERVICE_HOST and RODENT_PORT_80_TCP for a service that is called rodent.
 */
function unknownVariables(env: Environment, known: ReadonlySet<string>): readonly Problem[] {
  const ofKeys = KEY_NAMES.map((key) => withoutPrefix(variableOf(key)));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(INTERNAL_PREFIX))
    .filter((name) => !known.has(name) && nearest(withoutPrefix(name), ofKeys) !== undefined)
    .map((name) => ({
      place: name,
      text: `The variable sets no key.${suggestion(name, known)}`,
    }));
}

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length);
}

/** What the command line says. An option given more than once: its last value, for lists all. */
export function fromFlags(flags: Flags, base: string): LayerResult {
  const byFlag = new Map(KEY_NAMES.map((key) => [KEYS[key].flag, key]));
  const given: Given[] = [];
  const problems: Problem[] = [];
  for (const [flag, value] of Object.entries(flags)) {
    const key = byFlag.get(flag);
    const place = key !== undefined && KEYS[key].positional ? key : dashed(flag);
    if (value === undefined) continue;
    if (key !== undefined) {
      given.push({ key, layer: 'flag', place, text: flagText(value, KEYS[key]), base });
    } else {
      const names = [...byFlag.keys()].filter((name) => name !== undefined);
      const text = `There is no such option.${suggestion(flag, names)}`;
      problems.push({ place, text, isFatal: true });
    }
  }
  return { given, problems };
}

function flagText(value: string | boolean | readonly string[], { kind }: Definition): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  const isList = kind === 'list' || kind === 'names' || kind === 'paths';
  return isList ? value.join(',') : (value.at(-1) ?? '');
}
