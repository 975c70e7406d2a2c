/** The configuration in effect: values by key, and where each came from. */

import { KEYS, KEY_NAMES, accepts } from './keys.js';
import type { Key, Values } from './keys.js';
import type { Kind, Value } from './kind.js';
import { KINDS } from './kinds.js';

/** The layers, the weakest first. */
export type Layer = 'default' | 'file' | 'environment' | 'flag' | 'assignment';

/** One value that a layer gave to a key. */
export interface Source {
  readonly layer: Layer;
  /** `/etc/rodent/rodent.conf:3`, `RODENT_HTTP_PORT`, `--port`, `default`, `assignment`. */
  readonly place: string;
  /** The value, undefined when the layer unsets it. */
  readonly value: Value;
}

/** The sources of each key, the strongest last; a default is always there. */
export type Sources = ReadonlyMap<Key, readonly Source[]>;

/** What stands for a secret wherever it would be shown. */
const REDACTED = '***';

/**
 * An immutable configuration. Serialised it redacts secrets; inspected it does not show values at all.
 *
 * @example
 * const port = config.get('http.port'); // number
 */
export class Config {
  /** The folder of the state of the service, absolute. */
  readonly home: string;
  /** The files that were read, the weakest first. */
  readonly files: readonly string[];
  readonly #sources: Sources;

  constructor(
    sources: Sources,
    options: { readonly home: string; readonly files: readonly string[] },
  ) {
    this.#sources = sources;
    this.home = options.home;
    this.files = options.files;
  }

  /** The value in effect; durations in milliseconds, sizes in bytes, paths absolute. */
  get<K extends Key>(key: K): Values[K] {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by the parser of the kind that Values is derived from
    return this.source(key).value as Values[K];
  }

  /** Where the value in effect came from. */
  source(key: Key): Source {
    return this.sources(key).at(-1) ?? UNSET;
  }

  /** All values that the layers gave, the weakest first, the one in effect last. */
  sources(key: Key): readonly Source[] {
    return this.#sources.get(key) ?? [];
  }

  /** All values in effect as text, by key; secrets are redacted. */
  toJSON(): Readonly<Record<string, string>> {
    return Object.fromEntries(KEY_NAMES.map((key) => [key, textOf(key, this.get(key))]));
  }
}

const UNSET: Source = { layer: 'default', place: 'default', value: undefined };

/** The text that a file would hold for `value`, empty when unset; a secret is redacted. */
export function textOf(key: Key, value: Value): string {
  if (value === undefined) return '';
  return KEYS[key].secret === true ? REDACTED : writtenOf(key, value);
}

/** The text that a file would hold for `value`, secrets included; for comparing and for saving. */
export function writtenOf(key: Key, value: Value): string {
  if (value === undefined) return '';
  // Correlated by construction: a key's value always came out of its own kind's parser.
  const kind = KINDS[KEYS[key].kind] as Kind<Value>;
  return kind.format(value);
}

/** Whether the value in effect differs from the default and may be written down. */
export function isSavable(config: Config, key: Key): boolean {
  const definition = KEYS[key];
  const isOpen = accepts(definition, 'file') && definition.secret !== true;
  return isOpen && config.source(key).layer !== 'default';
}

/** What people call the values of a key: its kind with units, or the words to choose from. */
export function typeOf(key: Key): string {
  const { kind, of } = KEYS[key];
  return of === undefined ? KINDS[kind].label : `one of ${of.join(', ')}`;
}

export interface Difference {
  /** Keys that the running process takes up in place. */
  readonly live: readonly Key[];
  /** Keys that need a new process. */
  readonly restart: readonly Key[];
}

/** Returns the keys whose values differ between two configurations, sorted. */
export function diff(before: Config, after: Config): Difference {
  const changed = KEY_NAMES.filter(
    (key) => writtenOf(key, before.get(key)) !== writtenOf(key, after.get(key)),
  );
  return {
    live: changed.filter((key) => KEYS[key].live === true),
    restart: changed.filter((key) => KEYS[key].live !== true),
  };
}
