/** The kinds of values that only a program has; the others are the configuration's own. */

import os from 'node:os';

import * as child from '../child/index.js';
import * as config from '../config/index.js';
import { splitEnvironment } from './environment.js';
import type { Variables } from './environment.js';

/** What each kind's text becomes. Durations are milliseconds, sizes are bytes. */
export interface ProgramValues {
  readonly boolean: boolean;
  readonly codes: readonly number[];
  readonly environment: Variables;
  readonly integer: number;
  readonly mask: number;
  /** A word that the key allows, or an absolute path. */
  readonly output: string;
  readonly path: string;
  readonly readiness: 'told' | 'time';
  readonly restart: 'always' | 'unexpected' | 'never';
  readonly seconds: number;
  readonly signal: NodeJS.Signals;
  readonly size: number;
  readonly text: string;
  readonly words: readonly string[];
}

/** One kind. */
export interface ProgramKind<T> {
  /** What people call it, with its units. */
  readonly label: string;
  parse(text: string, limits: config.Limits, place: config.Place): T | config.Refusal;
}

/** Every kind by its name. */
export const PROGRAM_KINDS: { readonly [K in keyof ProgramValues]: ProgramKind<ProgramValues[K]> } =
  {
    boolean: config.KINDS.boolean,
    codes: { label: 'exit codes, separated by commas', parse: parseCodes },
    environment: { label: 'list of NAME=value, separated by commas', parse: splitEnvironment },
    integer: config.KINDS.integer,
    mask: {
      label: 'octal number',
      parse: (text) =>
        /^[0-7]{1,4}$/.test(text) && Number.parseInt(text, 8) <= 0o777
          ? Number.parseInt(text, 8)
          : { expected: 'an octal number such as 022' },
    },
    output: { label: 'path, inherit or none', parse: parseOutput },
    path: config.KINDS.path,
    readiness: {
      label: 'newline or time',
      parse: (text) => wordOf(text, { newline: 'told', time: 'time' }),
    },
    restart: {
      label: 'unexpected, yes or no',
      parse: (text) => {
        const asked = config.KINDS.boolean.parse(text, {}, NOWHERE);
        if (typeof asked === 'boolean') return asked ? 'always' : 'never';
        return wordOf(text, { unexpected: 'unexpected', yes: 'always', no: 'never' });
      },
    },
    seconds: {
      label: 'duration (ms, s, m, h, d); a bare number counts seconds',
      // Whoever comes from supervisord writes bare seconds, and the names of the keys say so too.
      parse: (text, limits, place) =>
        config.KINDS.duration.parse(/^\d+$/.test(text) ? `${text}s` : text, limits, place),
    },
    signal: { label: 'name of a signal', parse: parseSignal },
    size: config.KINDS.size,
    text: config.KINDS.text,
    words: { label: 'command line', parse: (text) => child.splitCommand(text) },
  };

const NOWHERE: config.Place = { base: '', homeDir: '', variable: () => undefined };

function wordOf<T>(text: string, words: Readonly<Record<string, T>>): T | config.Refusal {
  const found = Object.entries(words).find(([word]) => word === text);
  return found?.[1] ?? { expected: `one of ${Object.keys(words).join(', ')}` };
}

function parseCodes(text: string): readonly number[] | config.Refusal {
  const words = text.split(',').map((word) => word.trim());
  const codes = words.map((word) => (/^\d{1,3}$/.test(word) ? Number(word) : Number.NaN));
  if (codes.every((code) => code <= 255)) return codes;
  return { expected: 'exit codes (0 to 255), separated by commas' };
}

function parseOutput(
  text: string,
  { of = [] }: config.Limits,
  place: config.Place,
): string | config.Refusal {
  return of.includes(text) ? text : config.KINDS.path.parse(text, {}, place);
}

/** TERM, SIGTERM and 15 are the same. */
function parseSignal(text: string): NodeJS.Signals | config.Refusal {
  const known = Object.entries(os.constants.signals);
  const [name = ''] =
    known.find(([, number]) => String(number) === text) ??
    known.find(([each]) => each === `SIG${text.toUpperCase().replace(/^SIG/, '')}`) ??
    [];
  return isSignal(name) ? name : { expected: 'the name of a signal, such as TERM, INT or USR1' };
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(os.constants.signals, name);
}
