/** Everything that there is to know about a key, and the whole configuration on one page. */

import * as errors from '../errors/index.js';
import { textOf, typeOf } from './config.js';
import type { Config, Source } from './config.js';
import { KEYS, KEY_NAMES, dashed, isKey, isOnce, variablesOf } from './keys.js';
import type { Key } from './keys.js';
import { suggestion } from './problem.js';

/** A value as a layer gave it, redacted where it is a secret. */
export interface ShownSource {
  readonly layer: Source['layer'];
  readonly place: string;
  readonly value: string;
}

export interface Explanation {
  readonly key: Key;
  readonly summary: string;
  /** The value in effect as a file would hold it, empty when unset. */
  readonly value: string;
  /** Where the value in effect came from. */
  readonly source: ShownSource;
  /** The values that it beat, the strongest first. */
  readonly overridden: readonly ShownSource[];
  /** As declared, e.g. `30s`; empty: unset. */
  readonly default: string;
  /** The kind of value and its units, e.g. `duration (ms, s, m, h, d)`. */
  readonly type: string;
  /** Whether a reload of the running process takes it up. */
  readonly isLive: boolean;
  readonly isSecret: boolean;
  /** Whether it holds for one start only and is never saved. */
  readonly isOnce: boolean;
  /** As typed, the longest first: `--port`, `-p`. */
  readonly flags: readonly string[];
  /** Variables that set it, the strongest first. */
  readonly variables: readonly string[];
}

/**
 * Returns `text` as a key.
 *
 * @throws RodentError USAGE with the nearest key when there is no such key.
 */
export function requireKey(text: string): Key {
  if (isKey(text)) return text;
  const detail = `There is no configuration key "${text}".${suggestion(text, KEY_NAMES)}`;
  throw new errors.RodentError(detail, { code: 'USAGE' });
}

/** Explains one key of `config`. */
export function explain(config: Config, key: Key): Explanation {
  const definition = KEYS[key];
  const [source, ...overridden] = config
    .sources(key)
    .map((given) => show(key, given))
    .toReversed();
  const { flag, positional, alias = [] } = definition;
  return {
    key,
    summary: definition.summary,
    value: textOf(key, config.get(key)),
    source: source ?? { layer: 'default', place: 'default', value: '' },
    overridden,
    default: definition.default,
    type: typeOf(key),
    isLive: definition.live === true,
    isSecret: definition.secret === true,
    isOnce: isOnce(definition),
    flags:
      flag === undefined || positional === true ? [] : [flag, ...alias].map((name) => dashed(name)),
    variables: variablesOf(key, definition).toReversed(),
  };
}

/** Explains one key as lines for people. */
export function formatExplanation(explanation: Explanation): string {
  const { key, value, summary, source, overridden, flags, variables } = explanation;
  const rows = [
    ['from', source.place],
    ...overridden.map((other) => ['instead of', `${shown(other.value)}  (${other.place})`]),
    ['default', shown(explanation.default)],
    ['type', explanation.type],
    ['changes', explanation.isLive ? 'on reload, in the running process' : 'with a new process'],
    ['flag', flags.join(', ')],
    ['variable', variables.join(', ')],
  ].filter(([, text]) => text !== '');
  const table = rows.map(([label = '', text = '']) => `  ${label.padEnd(12)}${text}`);
  return [`${key} = ${shown(value)}`, `  ${summary}`, ...table, ''].join('\n');
}

/**
 * Prints all values in effect, sorted, as a file that could be loaded again: above each value that is
 * no default a comment says where it came from, and secrets and one-shot keys stand in comments.
 */
export function print(config: Config): string {
  const files = config.files.length === 0 ? 'none' : config.files.join(', ');
  const lines = KEY_NAMES.flatMap((key) => {
    const source = config.source(key);
    const origin = source.layer === 'default' ? [] : [`# ${source.place}`];
    const isComment = isOnce(KEYS[key]) || KEYS[key].secret === true;
    return [...origin, `${isComment ? '#' : ''}${key}=${textOf(key, config.get(key))}`];
  });
  return [`# Files: ${files}`, `# Home: ${config.home}`, ...lines, ''].join('\n');
}

/** All values in effect with their places, for programs. */
export function toJson(config: Config): Readonly<Record<string, unknown>> {
  const values = KEY_NAMES.map((key) => [key, show(key, config.source(key))] as const);
  return { home: config.home, files: config.files, values: Object.fromEntries(values) };
}

function show(key: Key, { layer, place, value }: Source): ShownSource {
  return { layer, place, value: textOf(key, value) };
}

function shown(text: string): string {
  return text === '' ? '(unset)' : text;
}
