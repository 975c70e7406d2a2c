/** What a kind of value is: text in, a value or a refusal out, and back. */

/** What each kind's text becomes. Durations are milliseconds, sizes are bytes. */
export interface KindValues {
  readonly boolean: boolean;
  readonly databaseUrl: string;
  readonly duration: number;
  readonly enum: string;
  readonly header: string;
  readonly host: string;
  readonly integer: number;
  readonly list: readonly string[];
  readonly names: readonly string[];
  readonly path: string;
  readonly paths: readonly string[];
  readonly port: number;
  readonly route: string;
  readonly size: number;
  readonly text: string;
  readonly workers: number | 'auto';
}

export type KindName = keyof KindValues;

export type Value = KindValues[KindName] | undefined;

/** What a kind may ask of the key whose value it reads. */
export interface Limits {
  /** The values of an enum. */
  readonly of?: readonly string[];
  /** Smallest value, in milliseconds or bytes where those are meant; default 0. */
  readonly min?: number;
  /** Largest value, likewise; default: what the kind can hold. */
  readonly max?: number;
  readonly secret?: true;
}

/** Where a text stands: what `~`, `$VARIABLE` and a relative path mean in it. */
export interface Place {
  /** The folder that a relative path starts from. */
  readonly base: string;
  readonly homeDir: string;
  variable(name: string): string | undefined;
}

/** What a text should have been: "a port", with everything an operator needs to mend it. */
export interface Refusal {
  readonly expected: string;
}

export interface Kind<T> {
  /** What people call it, with its units. */
  readonly label: string;
  parse(text: string, limits: Limits, place: Place): T | Refusal;
  /** The text that `parse` reads as this value. */
  format(value: T): string;
  /** An empty text is a list of nothing, not an unset value. */
  readonly isList?: true;
}
