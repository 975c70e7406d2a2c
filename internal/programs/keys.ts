/** The list of all keys of a program's file: what one edits to add another. */

import type * as config from '../config/index.js';
import type { ProgramValues } from './kinds.js';

/** What is declared about a key. */
export interface Declaration extends config.Limits {
  readonly kind: keyof ProgramValues;
  /** As an operator would write it in a file; empty: unset, and the sentence says what holds then. */
  readonly default: string;
  /** One sentence, present tense, for the sample file. */
  readonly summary: string;
}

/** Every key with its declaration. */
export const KEYS = {
  command: {
    kind: 'words',
    default: '',
    summary: 'Program and arguments, run without a shell; it must stay in the foreground.',
  },
  script: {
    kind: 'path',
    default: '',
    summary: 'Module in JavaScript or TypeScript that rodent runs itself, instead of a command.',
  },
  args: {
    kind: 'words',
    default: '',
    summary: 'Further arguments of the command or the script.',
  },
  directory: {
    kind: 'path',
    default: '',
    summary: 'Working folder; empty for the folder of rodent.conf.',
  },
  environment: {
    kind: 'environment',
    default: '',
    summary: 'Variables beside those of the service; each may have a line environment.NAME=value.',
  },
  environmentFile: {
    kind: 'path',
    default: '',
    summary: 'File of lines NAME=value that beat the others; 0600 where it holds a secret.',
  },
  autostart: {
    kind: 'boolean',
    default: 'yes',
    summary: 'Whether the program starts with the service, not on request alone.',
  },
  autorestart: {
    kind: 'restart',
    default: 'unexpected',
    summary: 'Whether it is started again when it ends by itself.',
  },
  exitcodes: {
    kind: 'codes',
    default: '0',
    summary: 'Exit codes that are expected.',
  },
  startsecs: {
    kind: 'seconds',
    default: '1s',
    summary: 'How long it must run for its start to count as a success.',
  },
  startretries: {
    kind: 'integer',
    default: '3',
    max: 1_000_000,
    summary: 'How many starts in a row may fail before nobody tries any more (FATAL).',
  },
  readiness: {
    kind: 'readiness',
    default: 'time',
    summary:
      'How it gets RUNNING: newline, written to descriptor 3, or time, by running startsecs.',
  },
  stopsignal: {
    kind: 'signal',
    default: 'TERM',
    summary: 'Signal that asks it to end.',
  },
  stopwaitsecs: {
    kind: 'seconds',
    default: '10s',
    summary: 'How long it may take to end before it is killed.',
  },
  stopasgroup: {
    kind: 'boolean',
    default: 'no',
    summary: 'Whether the stop signal reaches its whole process group.',
  },
  killasgroup: {
    kind: 'boolean',
    default: 'yes',
    summary: 'Whether its whole process group is killed, by force or when it ends.',
  },
  priority: {
    kind: 'integer',
    default: '999',
    summary: 'Low numbers start first and stop last.',
  },
  user: {
    kind: 'text',
    default: '',
    summary: 'User that it runs as, name or number; needs root.',
  },
  group: {
    kind: 'text',
    default: '',
    summary: 'Group that it runs as; empty for that of the user.',
  },
  umask: {
    kind: 'mask',
    default: '',
    summary: 'Permissions that files it makes do not get; empty for those of the service.',
  },
  stdout: {
    kind: 'output',
    of: ['inherit', 'none'],
    default: '',
    summary: 'File of its output, inherit or none; empty for programs/NAME.log in log.dir.',
  },
  stderr: {
    kind: 'output',
    of: ['inherit', 'none', 'stdout'],
    default: '',
    summary: 'Likewise, or stdout for the same place; empty for programs/NAME.error.log.',
  },
  'log.rotate.size': {
    kind: 'size',
    default: '',
    summary: 'Size at which its log files are rotated, 0 for never; empty for that of the service.',
  },
  'log.rotate.keep': {
    kind: 'integer',
    default: '',
    max: 1000,
    summary: 'How many rotated files of each are kept; empty for that of the service.',
  },
} as const;

/** A key of a program's file. */
export type Key = keyof typeof KEYS;

type ValueOf<D extends Declaration> = D['default'] extends ''
  ? ProgramValues[D['kind']] | undefined
  : ProgramValues[D['kind']];

/** The type of each key's value, derived from its declaration. */
export type Values = { readonly [K in Key]: ValueOf<(typeof KEYS)[K]> };

/** Every key, in the order of the sample. */
export const KEY_NAMES: readonly Key[] = Object.keys(KEYS).filter((key) => isKey(key));

/** Whether `text` is a key. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(KEYS, text);
}

/** The declaration of a key. */
export function declarationOf(key: Key): Declaration {
  return KEYS[key];
}

/** What supervisord has under other names, or not at all here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  numprocs: 'one file is one process; copy the file under another name',
  process_name: 'a program is named by its file',
  redirect_stderr: 'write stderr=stdout',
  stdout_logfile: 'write stdout=FILE',
  stderr_logfile: 'write stderr=FILE',
  stdout_logfile_maxbytes: 'write log.rotate.size=SIZE',
  stderr_logfile_maxbytes: 'write log.rotate.size=SIZE',
  stdout_logfile_backups: 'write log.rotate.keep=NUMBER',
  stderr_logfile_backups: 'write log.rotate.keep=NUMBER',
};

/** Where to find what supervisord calls `name`; undefined for what it does not know either. */
export function elsewhere(name: string): string | undefined {
  return Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
}
