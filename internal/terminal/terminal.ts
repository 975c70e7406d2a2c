/** The one place that writes for people. */

import { styleText } from 'node:util';

export interface TerminalOptions {
  /** Where results go. */
  readonly stdout: NodeJS.WriteStream;
  /** Where everything else goes. */
  readonly stderr: NodeJS.WriteStream;
  /** The value of NO_COLOR; any non-empty text switches colour off. Default: colour allowed. */
  readonly noColor?: string | undefined;
}

type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface Terminal {
  /** Writes a result and a newline to stdout. */
  print(text: string): void;
  /** Writes `value` as indented JSON to stdout. */
  json(value: unknown): void;
  /** Writes a note and a newline to stderr. */
  note(text: string): void;
  /** Writes `rodent: ` and one sentence to stderr, red on a terminal. */
  error(text: string): void;
  /** Writes `rodent: warning: ` and one sentence to stderr, yellow on a terminal. */
  warn(text: string): void;
  /** Returns `text` in `colour` when stdout is a terminal, else as it is. */
  paint(colour: Colour, text: string): string;
}

/** Returns a terminal on two streams. */
export function create(options: TerminalOptions): Terminal {
  const { stdout, stderr } = options;
  const isColoured = (options.noColor ?? '') === '';
  const paintFor = (stream: NodeJS.WriteStream, colour: Colour, text: string): string =>
    isColoured && stream.isTTY ? styleText(colour, text) : text;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    error: (text) => void stderr.write(`${paintFor(stderr, 'red', 'rodent:')} ${text}\n`),
    warn: (text) =>
      void stderr.write(`${paintFor(stderr, 'yellow', 'rodent: warning:')} ${text}\n`),
    paint: (colour, text) => paintFor(stdout, colour, text),
  };
}
