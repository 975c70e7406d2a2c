/** A program as its file defines it, every default in its place, and how two sets of them differ. */

import { digest } from './environment.js';
import type { Variables } from './environment.js';

/** What is run. */
export type Run =
  /** Any program; its arguments follow. */
  | { readonly kind: 'command'; readonly words: readonly string[] }
  /** A module that rodent runs itself; absolute path. */
  | { readonly kind: 'script'; readonly path: string; readonly args: readonly string[] };

/** Where a stream goes; `stdout`, for stderr alone: to the same place. */
export type Output =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inherit' | 'none' | 'stdout' };

/** When a log file is full, and how many full ones are kept. */
export interface Rotation {
  /** Bytes; 0 for never. */
  readonly sizeBytes: number;
  readonly keep: number;
}

/** One program. Paths are absolute, times milliseconds; the words are those of `supervisor.create`. */
export interface Definition {
  readonly name: string;
  /** The file that defines it. */
  readonly file: string;
  readonly run: Run;
  readonly directory: string;
  readonly environment: Variables;
  readonly environmentFile: string | undefined;
  /** Changes with the content of `environmentFile` and shows none of it. */
  readonly environmentDigest: string | undefined;
  readonly autostart: boolean;
  readonly autorestart: 'always' | 'unexpected' | 'never';
  readonly exitCodes: readonly number[];
  /** `startsecs`. */
  readonly settleMs: number;
  readonly startRetries: number;
  /** `told`: by a newline on descriptor 3. */
  readonly readiness: 'told' | 'time';
  readonly stopSignal: NodeJS.Signals;
  /** `stopwaitsecs`. */
  readonly stopMs: number;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  readonly priority: number;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly umask: number | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly rotation: Rotation;
}

/** What became of the programs; each list sorted by name. */
export interface Difference {
  readonly added: readonly Definition[];
  /** As they are now. */
  readonly changed: readonly Definition[];
  /** As they were. */
  readonly removed: readonly Definition[];
  readonly unchanged: readonly Definition[];
}

/** A text that two definitions share when they are the same program; it shows no value of them. */
export function fingerprint(definition: Definition): string {
  return digest(definition);
}

/** Compares two sets of programs by their names. */
export function diff(before: readonly Definition[], after: readonly Definition[]): Difference {
  const old = new Map(before.map((definition) => [definition.name, definition]));
  const names = new Set(after.map(({ name }) => name));
  const isSame = (now: Definition): boolean => {
    const was = old.get(now.name);
    return was !== undefined && fingerprint(was) === fingerprint(now);
  };
  return {
    added: sorted(after.filter(({ name }) => !old.has(name))),
    changed: sorted(after.filter((now) => old.has(now.name) && !isSame(now))),
    removed: sorted(before.filter(({ name }) => !names.has(name))),
    unchanged: sorted(after.filter((now) => isSame(now))),
  };
}

function sorted(definitions: readonly Definition[]): readonly Definition[] {
  return definitions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
