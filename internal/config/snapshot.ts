/** A configuration as plain data, for a worker that must run on exactly what its supervisor read. */

import { Config } from './config.js';
import type { Layer, Source } from './config.js';
import { KEY_NAMES, isKey } from './keys.js';
import type { Key } from './keys.js';
import type { Value } from './kind.js';

/** Survives JSON. It holds secrets: it goes through pipes, never into arguments, variables or logs. */
export interface Snapshot {
  readonly home: string;
  readonly files: readonly string[];
  /** The values in effect that a layer gave; a key without one is unset. */
  readonly values: readonly {
    readonly key: string;
    readonly layer: Layer;
    readonly place: string;
    readonly value: NonNullable<Value>;
  }[];
}

/** Returns the values in effect, and where each came from. */
export function snapshot(config: Config): Snapshot {
  const values = KEY_NAMES.flatMap((key) => {
    const { layer, place, value } = config.source(key);
    return value === undefined ? [] : [{ key, layer, place, value }];
  });
  return { home: config.home, files: config.files, values };
}

/** Returns the configuration that `snapshot` was taken of. Keys that this version lacks are left out. */
export function restore({ home, files, values }: Snapshot): Config {
  const sources = new Map<Key, readonly Source[]>();
  for (const { key, layer, place, value } of values) {
    if (isKey(key)) sources.set(key, [{ layer, place, value }]);
  }
  return new Config(sources, { home, files });
}
