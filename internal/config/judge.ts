/** From texts to values: each judged by the kind of its key, every refusal a problem. */

import * as errors from '../errors/index.js';
import type { Source } from './config.js';
import { hasPassword } from './database.js';
import { KEYS, KEY_NAMES } from './keys.js';
import type { Key } from './keys.js';
import type { Place, Refusal, Value } from './kind.js';
import { KINDS, isRefusal } from './kinds.js';
import type { Given } from './layers.js';
import type { Problem } from './problem.js';

export interface Judgement {
  readonly sources: ReadonlyMap<Key, readonly Source[]>;
  readonly problems: readonly Problem[];
}

/** Parses every text; what one of them gets wrong leaves the weaker ones of its key in place. */
export function judgeAll(given: readonly Given[], placeOf: (item: Given) => Place): Judgement {
  const sources = new Map<Key, Source[]>(KEY_NAMES.map((key) => [key, []]));
  const problems: Problem[] = [];
  for (const item of given) {
    const { key, layer, place } = item;
    const value = parse(item, placeOf(item));
    if (isRefusal(value)) problems.push({ key, place, text: refused(item, value.expected) });
    else sources.get(key)?.push({ layer, place, value });
  }
  return { sources, problems };
}

/** Reads one text as the value of its key. An empty one unsets a key that has no default. */
export function parse({ key, layer, text: raw }: Given, place: Place): Value | Refusal {
  const definition = KEYS[key];
  const text = definition.secret === true ? raw : raw.trim();
  const kind = KINDS[definition.kind];
  if (text === '' && kind.isList !== true) {
    return definition.default === '' ? undefined : { expected: 'set to a value' };
  }
  if (definition.secret === true && layer === 'flag' && hasPassword(text))
    return { expected: IN_ARGV };
  return kind.parse(text, definition, place);
}

/** Source: R-SUP-52. */
const IN_ARGV =
  'given without its password, which every user could see in the process list; use PGPASSWORD';

/** A secret is not repeated, and of a long text only its beginning. */
function refused({ key, text }: Given, expected: string): string {
  const isShown = KEYS[key].secret !== true && text.trim() !== '';
  const shown = isShown ? `, not ${JSON.stringify(text.trim().slice(0, 80))}` : '';
  return `"${key}" must be ${expected}${shown}.`;
}

/**
 * Returns the milliseconds of a duration that belongs to no key, such as a command's own --timeout;
 * `place` is the flag.
 *
 * @throws RodentError USAGE.
 */
export function duration(text: string, place: string): number {
  const nowhere: Place = { base: '', homeDir: '', variable: () => undefined };
  const value = KINDS.duration.parse(text, {}, nowhere);
  if (!isRefusal(value)) return value;
  const detail = `${place} must be ${value.expected}, not ${JSON.stringify(text)}.`;
  throw new errors.RodentError(detail, { code: 'USAGE' });
}
