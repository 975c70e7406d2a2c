/** The command line of a worker script: a worker, a command, a flag. */

import parse from 'yargs-parser';

import * as errors from '../errors/index.js';
import * as host from '../host/index.js';

/** What a worker can be told to do. */
const COMMANDS = ['start', 'restart', 'stop', 'status'] as const;

/** One of the commands of a worker script. */
export type WorkerCommand = (typeof COMMANDS)[number];

/** A command line that is complete. */
export interface Order {
  readonly command: WorkerCommand;
  readonly workerId: string;
  readonly foreground: boolean;
}

/** What of it can be told from a command line that need not be complete. */
export interface Glance {
  readonly workerId: string | undefined;
  readonly foreground: boolean;
}

/** Returns how a worker script is called. */
export function usage(script: string): string {
  return [
    `Usage: ${script} <worker_id> <command> [-f]`,
    '',
    '  worker_id         the UUID of the worker',
    `  command           ${COMMANDS.join(', ')}; may also stand first`,
    '  -f, --foreground  stay in the foreground, and end with the parent process',
    '',
    'Exit status: 0 done or running, 1 failed, 2 usage or configuration, 3 not running (status),',
    '124 did not stop in time.',
    '',
  ].join('\n');
}

/**
 * Reads the words after the script's name; `help` when that is asked for.
 *
 * @throws RodentError USAGE naming what is missing, unknown or no UUID.
 * Source: seed 001 section 8; R-UNI-55, R-UNI-56, R-UNI-62, R-UNI-63, R-UNI-70.
 */
export function read(words: readonly string[]): Order | 'help' {
  const { positionals, flags } = split(words);
  if (flags['help'] === true) return 'help';
  const unknown = Object.keys(flags).find((name) => !['foreground', 'help'].includes(name));
  if (unknown !== undefined) {
    throw wrong(`There is no option "${unknown.length === 1 ? '-' : '--'}${unknown}".`);
  }
  const command = COMMANDS.find((candidate) => positionals.includes(candidate));
  const rest = positionals.filter((word) => word !== command);
  const [workerId, surplus] = rest;
  if (command === undefined) {
    const word = rest.find((candidate) => !host.isUuid(candidate));
    throw wrong(word === undefined ? 'The command is missing.' : `There is no command "${word}".`);
  }
  if (workerId === undefined) throw wrong('The worker_id is missing.');
  if (surplus !== undefined || positionals.length !== 2) throw wrong('There are too many words.');
  if (!host.isUuid(workerId)) throw wrong(`The worker_id "${workerId}" is not a UUID.`);
  return { command, workerId: workerId.toLowerCase(), foreground: flags['foreground'] === true };
}

/** Looks at words that may say anything, and takes what is certain. */
export function glance(words: readonly string[]): Glance {
  const { positionals, flags } = split(words);
  const ids = positionals.filter((word) => host.isUuid(word));
  return {
    workerId: ids.length === 1 ? ids[0]?.toLowerCase() : undefined,
    foreground: flags['foreground'] === true,
  };
}

interface Split {
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

function split(words: readonly string[]): Split {
  const { _: positionals, ...flags } = parse([...words], {
    boolean: ['foreground', 'help'],
    alias: { foreground: ['f'], help: ['h'] },
    configuration: {
      'strip-aliased': true,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-positional-numbers': false,
      'boolean-negation': false,
      'unknown-options-as-args': false,
    },
  });
  return { positionals: positionals.map(String), flags };
}

function wrong(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}
