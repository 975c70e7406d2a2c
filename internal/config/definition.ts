/** What is declared about a key, and the type of its value. */

import type { KindName, KindValues, Limits } from './kind.js';

/** Where a value may come from, beside the default and an assignment at run time. */
export type Origin = 'file' | 'environment' | 'flag';

export interface Definition extends Limits {
  readonly kind: KindName;
  /** As an operator would write it in a file; empty: unset. */
  readonly default: string;
  /** One sentence, present tense, for `--help`, the sample file and `explain`. */
  readonly summary: string;
  /** Takes effect on reload in the running process; default: needs a new process. */
  readonly live?: true;
  /** Never shown, never saved; a file that holds it must be 0600. */
  readonly secret?: true;
  /** Default: all three, the flag when there is one. Without 'file' it is one-shot: never saved. */
  readonly from?: readonly Origin[];
  /** The long flag without its dashes; default: no flag. */
  readonly flag?: string;
  /** Further names of the flag. */
  readonly alias?: readonly string[];
  /** The flag is an argument by position, not an option. */
  readonly positional?: true;
  /** Every command takes the flag; default: serve alone. */
  readonly common?: true;
  /** Variables of the environment beside RODENT_…, which beats them. */
  readonly variables?: readonly string[];
}

/** Fails to compile for a property that no Definition has, such as a misspelt `live`. */
export type Exact<T> = {
  readonly [K in keyof T]: Definition & {
    readonly [P in Exclude<keyof T[K], keyof Definition>]: never;
  };
};

/** The type of a key's value, from its kind; without a default it may be undefined. */
export type ValueOf<D> = D extends { readonly of: readonly (infer Word)[] }
  ? Word
  : D extends { readonly kind: infer K extends KindName; readonly default: infer Default }
    ? KindValues[K] | (Default extends '' ? NonListUndefined<K> : never)
    : never;

type NonListUndefined<K extends KindName> = KindValues[K] extends readonly string[]
  ? never
  : undefined;
