/** The list of all keys: what one edits (in the files beside this one) to add another. */

import type { Definition, Exact, ValueOf } from './definition.js';
import { HTTP_KEYS } from './keys-http.js';
import { LOG_KEYS } from './keys-log.js';
import { PROCESS_KEYS } from './keys-process.js';

type Declared = typeof HTTP_KEYS & typeof LOG_KEYS & typeof PROCESS_KEYS;

export type Key = keyof Declared;

/** The type of each key's value, derived from its declaration. */
export type Values = { readonly [K in Key]: ValueOf<Declared[K]> };

const DECLARED: Exact<Declared> = { ...PROCESS_KEYS, ...HTTP_KEYS, ...LOG_KEYS };

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
