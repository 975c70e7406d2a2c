/** What follows from the declared keys for a command line: options, and how their values come back. */

import { typeOf } from './config.js';
import { KEYS, KEY_NAMES, accepts } from './keys.js';
import type { Key } from './keys.js';
import type { Flags } from './layers.js';

/** An option as yargs takes it. Without a default: what was not given must not beat a file. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly alias: readonly string[];
  readonly describe: string;
  readonly requiresArg: boolean;
}

/**
 * Returns the options by long name: those of `serve`, which takes all, or the few that every command
 * takes. Values are text; `load` judges them, so that the message is the same for files and flags.
 *
 * Source: R-INP-75, R-INP-76.
 */
export function options(command: 'serve' | 'common'): Readonly<Record<string, Option>> {
  return Object.fromEntries(
    optionKeys()
      .filter((key) => command === 'serve' || KEYS[key].common === true)
      .map((key) => [KEYS[key].flag ?? '', optionOf(key)]),
  );
}

/** Picks the flags of keys out of what a parser made of the command line. */
export function fromArguments(parsed: Readonly<Record<string, unknown>>): Flags {
  const flags = KEY_NAMES.map((key) => KEYS[key].flag).filter((flag) => flag !== undefined);
  const entries = flags.map((flag) => [flag, flagValue(parsed[flag])] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * Returns `argv` with every `--flag=yes` of a boolean flag as `--flag`, and `--flag=off` as
 * `--no-flag`: parsers know `=true` and `=false` alone and take the other words for false in silence.
 */
export function normalize(argv: readonly string[]): readonly string[] {
  const switches = optionKeys().filter((key) => KEYS[key].kind === 'boolean');
  const names = new Set(switches.flatMap((key) => namesOf(key)));
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, index) => {
    const [, name = '', value = ''] = /^--([\w-]+)=(.*)$/.exec(word) ?? [];
    if (index >= end || !names.has(name)) return word;
    if (/^(?:1|yes|true|on)$/i.test(value)) return `--${name}`;
    return /^(?:0|no|false|off)$/i.test(value) ? `--no-${name}` : word;
  });
}

function optionKeys(): readonly Key[] {
  return KEY_NAMES.filter((key) => accepts(KEYS[key], 'flag') && KEYS[key].positional !== true);
}

function namesOf(key: Key): readonly string[] {
  const { flag = '', alias = [] } = KEYS[key];
  return [flag, ...alias];
}

function optionOf(key: Key): Option {
  const { kind, alias = [], summary, default: fallback } = KEYS[key];
  const isBoolean = kind === 'boolean';
  const note = isBoolean || fallback === '' ? '' : `; default ${fallback}`;
  const type = isBoolean ? '' : ` [${typeOf(key)}${note}]`;
  return {
    type: isBoolean ? 'boolean' : 'string',
    alias,
    describe: `${summary}${type}`,
    requiresArg: !isBoolean,
  };
}

function flagValue(value: unknown): Flags[string] {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(String) : undefined;
}
