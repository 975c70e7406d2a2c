/** The variables of a program: in its definition, in a file of their own, and all together. */

import crypto from 'node:crypto';

import * as config from '../config/index.js';

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** What a file of variables holds. */
export interface EnvironmentFile {
  readonly variables: Variables;
  readonly problems: readonly config.Problem[];
}

const NAME = /^[A-Za-z_]\w*$/;
const ITEM = /\s*([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,"']*)\s*(?:,|$)/y;
const SECRET = /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(?:API|ACCESS|PRIVATE|SIGNING)_?KEY/i;

/** Whether a variable of this name is likely to hold a secret. */
function isSecret(name: string): boolean {
  return SECRET.test(name);
}

/** Whether `name` may be the name of a variable. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Splits `A=1,B="x, y"` into variables; quotes keep commas and blanks.
 *
 * Source: supervisord, "environment".
 */
export function splitEnvironment(text: string): Variables | config.Refusal {
  const found = new Map<string, string>();
  for (let at = 0; at < text.length; at = ITEM.lastIndex) {
    ITEM.lastIndex = at;
    const [, name = '', raw = ''] = ITEM.exec(text) ?? [];
    if (name === '') return { expected: 'a list such as A=1,B="x, y"' };
    if (found.has(name)) return { expected: `a list that names each variable once ("${name}")` };
    found.set(name, unquote(raw.trim()));
  }
  return Object.fromEntries(found);
}

/**
 * Reads a file of lines `NAME=value`, also `export NAME="value"`, with comments after `#` at the
 * beginning of a line. Nothing is expanded. One that looks as if it held a secret must be closed to others.
 *
 * Source: W-SUP-13.
 */
export function readEnvironment(path: string): EnvironmentFile {
  const file = config.readFile(path);
  if (file === undefined) {
    return { variables: {}, problems: [{ place: path, text: 'There is no such file.' }] };
  }
  const variables: Record<string, string> = {};
  const problems: config.Problem[] = [...file.problems];
  for (const { key, value, line } of file.pairs) {
    const name = key.replace(/^export\s+/, '');
    if (isName(name)) variables[name] = unquote(value);
    else problems.push({ place: `${path}:${line}`, text: 'The line names no variable.' });
  }
  const open = openSecret(Object.keys(variables), { path, mode: file.mode });
  return { variables, problems: open === undefined ? problems : [...problems, open] };
}

/** The problem of a file that holds a secret and that others may read. */
export function openSecret(
  names: readonly string[],
  { path, mode = 0 }: { readonly path: string; readonly mode: number | undefined },
): config.Problem | undefined {
  const name = names.find((each) => isSecret(each));
  if (name === undefined || (mode & 0o077) === 0) return undefined;
  const octal = mode.toString(8).padStart(4, '0');
  const text = `The file holds the secret "${name}" but has mode ${octal}; run: chmod 600 ${path}`;
  return { place: path, text };
}

/**
 * Returns the variables of the file at `path`, for a start.
 *
 * @throws RodentError CONFIG_INVALID.
 */
export function requireEnvironment(path: string): Variables {
  const { variables, problems } = readEnvironment(path);
  if (problems.length > 0) throw config.invalid(problems);
  return variables;
}

/** A text that changes with the content and shows none of it. */
export function digest(value: unknown): string {
  return crypto.createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function unquote(text: string): string {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  if (!/^"(?:[^"\\]|\\.)*"$/.test(text)) return text;
  return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
}
