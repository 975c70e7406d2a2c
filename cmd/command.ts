/** What a command is: a name, its words and a function that returns an exit status. */

import type * as terminal from '../internal/terminal/index.js';

/** One flag of a command, in the terms of yargs; never with a default. */
export interface Flag {
  readonly describe: string;
  readonly type: 'boolean' | 'number' | 'string';
  readonly alias?: readonly string[];
  readonly choices?: readonly string[];
  /** Takes several values, separated by commas or by repeating the flag. */
  readonly array?: boolean;
  readonly hidden?: boolean;
}

/** One word after the command. */
export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly isRequired?: boolean;
}

/** What the words became: flags and positionals by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What a command sees of the world; tests make their own. */
export interface Shell {
  readonly terminal: terminal.Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly uid: number | undefined;
  readonly homeDir: string;
  /** The words after the program's name. */
  readonly argv: readonly string[];
}

export interface Command {
  readonly flags: Readonly<Record<string, Flag>>;
  readonly positionals?: readonly Positional[];
  /** Lines shown below the help. */
  readonly examples?: readonly (readonly [command: string, what: string])[];
  /** Does the work and returns the exit status (design section 5). */
  run(args: Arguments, shell: Shell): Promise<number>;
}

/** A command's place in the list: its words, and where its code is, loaded when it is called. */
export interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  load(): Promise<Command>;
}
