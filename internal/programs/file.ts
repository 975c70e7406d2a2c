/** One program's file: its header, its lines, and what each of them is worth. */

import * as config from '../config/index.js';
import { isName } from './environment.js';
import { KEY_NAMES, declarationOf, elsewhere, isKey } from './keys.js';
import type { Key, Values } from './keys.js';
import { PROGRAM_KINDS } from './kinds.js';

/** What a file says, as far as it can be understood. */
export interface ProgramFile {
  readonly path: string;
  readonly mode: number | undefined;
  readonly values: Values;
  /** The lines `environment.NAME=value`, by name. */
  readonly variables: ReadonlyMap<string, Given>;
  readonly problems: readonly config.Problem[];
  /** `file:line` of a key; the file where it has no line. */
  placeOf(key: Key): string;
}

/** A text and where it stands. */
export interface Given {
  readonly text: string;
  readonly place: string;
}

interface Sorted {
  readonly given: ReadonlyMap<Key, Given>;
  readonly variables: ReadonlyMap<string, Given>;
  readonly problems: readonly config.Problem[];
}

const VARIABLE = 'environment.';

/** Reads the file of the program `name`; undefined when it has gone. Every line counts. */
export function readProgram(
  path: string,
  name: string,
  place: config.Place,
): ProgramFile | undefined {
  const file = config.readFile(path);
  if (file === undefined) return undefined;
  const { text, problems: mistakes } = withoutHeader(file.text, path, name);
  const parsed = config.parseFile(text, path);
  const { given, variables, problems } = sort(path, parsed.pairs);
  const judged = judge(path, given, place);
  // A file that cannot be read at all has problems of its own and no text.
  const unread = file.text === '' ? file.problems : [];
  return {
    path,
    mode: file.mode,
    values: judged.values,
    variables,
    problems: [...unread, ...mistakes, ...parsed.problems, ...problems, ...judged.problems],
    placeOf: (key) => given.get(key)?.place ?? path,
  };
}

/** Takes out what supervisord's files have beside key=value; the lines keep their numbers. */
function withoutHeader(
  text: string,
  path: string,
  name: string,
): { readonly text: string; readonly problems: readonly config.Problem[] } {
  const problems: config.Problem[] = [];
  let isFirst = true;
  const lines = text.split(/\r?\n/).map((line, index) => {
    if (/^\s*(?:[;#]|$)/.test(line)) return '';
    const mistake = /^\s*\[/.test(line) ? sectionMistake(line.trim(), name, isFirst) : undefined;
    isFirst = false;
    if (mistake !== undefined) problems.push({ place: `${path}:${index + 1}`, text: mistake });
    return /^\s*\[/.test(line) ? '' : line;
  });
  return { text: lines.join('\n'), problems };
}

function sectionMistake(line: string, name: string, isFirst: boolean): string | undefined {
  const section = /^\[program:\s*(.*?)\s*\]$/.exec(line)?.[1];
  if (section === undefined) return `Only the header [program:${name}] may stand in this file.`;
  if (!isFirst) return `One file holds one program; move [program:${section}] to its own file.`;
  if (section === name) return undefined;
  return `The header names the program "${section}", the file is that of "${name}"; rename one.`;
}

function sort(path: string, pairs: readonly config.Pair[]): Sorted {
  const given = new Map<Key, Given>();
  const variables = new Map<string, Given>();
  const problems: config.Problem[] = [];
  for (const { key, value, line } of pairs) {
    const place = `${path}:${line}`;
    const variable = key.startsWith(VARIABLE) ? key.slice(VARIABLE.length) : '';
    if (isName(variable)) variables.set(variable, { text: value, place });
    else if (isKey(key)) given.set(key, { text: value, place });
    else problems.push({ place, text: unknown(key) });
  }
  return { given, variables, problems };
}

/** What does not look like a key is not repeated: it may be the end of a pasted secret. */
function unknown(name: string): string {
  if (!/^[a-zA-Z][\w.-]{0,63}$/.test(name)) return 'The line has no known key.';
  const hint = elsewhere(name);
  if (hint !== undefined) return `"${name}" is no key here: ${hint}.`;
  return `"${name}" is no key.${config.suggestion(name, KEY_NAMES)}`;
}

interface Judged {
  readonly values: Values;
  readonly problems: readonly config.Problem[];
}

/** What a text gets wrong is a problem, and its key keeps the default. */
function judge(path: string, given: ReadonlyMap<Key, Given>, place: config.Place): Judged {
  const problems: config.Problem[] = [];
  const values = KEY_NAMES.map((key) => {
    const text = given.get(key)?.text ?? declarationOf(key).default;
    const value = valueOf(key, text, place);
    if (!config.isRefusal(value)) return [key, value] as const;
    const shown =
      text === '' || key === 'environment' ? '' : `, not ${JSON.stringify(text.slice(0, 80))}`;
    const sentence = `"${key}" must be ${value.expected}${shown}.`;
    problems.push({ place: given.get(key)?.place ?? path, text: sentence });
    return [key, valueOf(key, declarationOf(key).default, place)] as const;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by the kinds that Values is derived from
  return { values: Object.fromEntries(values) as unknown as Values, problems };
}

function valueOf(key: Key, text: string, place: config.Place): unknown {
  const declaration = declarationOf(key);
  if (text !== '') return PROGRAM_KINDS[declaration.kind].parse(text, declaration, place);
  return declaration.default === '' ? undefined : { expected: 'set to a value' };
}
