/** The list of all keys: what one edits (in the files beside this one) to add another. */

import type { Definition, Exact, Origin, ValueOf } from './definition.js';
import { DATABASE_KEYS } from './keys-database.js';
import { HTTP_KEYS } from './keys-http.js';
import { LOG_KEYS } from './keys-log.js';
import { PROCESS_KEYS } from './keys-process.js';
import { WORKERS_KEYS } from './keys-workers.js';

type Declared = typeof DATABASE_KEYS &
  typeof HTTP_KEYS &
  typeof LOG_KEYS &
  typeof PROCESS_KEYS &
  typeof WORKERS_KEYS;

export type Key = keyof Declared;

/** The type of each key's value, derived from its declaration. */
export type Values = { readonly [K in Key]: ValueOf<Declared[K]> };

const DECLARED: Exact<Declared> = {
  ...PROCESS_KEYS,
  ...WORKERS_KEYS,
  ...HTTP_KEYS,
  ...LOG_KEYS,
  ...DATABASE_KEYS,
};

/** Every key with its declaration. */
export const KEYS: { readonly [K in Key]: Definition } = DECLARED;

/** Every key, sorted. */
export const KEY_NAMES: readonly Key[] = Object.keys(KEYS)
  .filter((key) => isKey(key))
  .toSorted();

/** Whether `text` is a key. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(KEYS, text);
}

/** Whether a value of `definition` may come from `origin`. */
export function accepts(definition: Definition, origin: Origin): boolean {
  if (origin === 'flag' && definition.flag === undefined) return false;
  return definition.from?.includes(origin) ?? true;
}

/** Whether the key holds for one start only: it is never read from a file nor saved. */
export function isOnce(definition: Definition): boolean {
  return !accepts(definition, 'file');
}

/** The variable of a key: `http.bodyLimit` is RODENT_HTTP_BODY_LIMIT. Source: R-ROD-50. */
export function variableOf(key: string): string {
  const words = key.replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll('.', '_');
  return `RODENT_${words.toUpperCase()}`;
}

/** The variables that set a key, the strongest last. */
export function variablesOf(key: string, definition: Definition): readonly string[] {
  if (!accepts(definition, 'environment')) return [];
  return [...(definition.variables ?? []), variableOf(key)];
}

/** A flag as it is typed: `-p`, `--port`. */
export function dashed(flag: string): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}
