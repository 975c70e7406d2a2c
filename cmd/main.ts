/** From words to a command and from its outcome to an exit status. */

import fs from 'node:fs';
import os from 'node:os';

import type { Argv } from 'yargs';

import * as errors from '../internal/errors/index.js';
import * as terminal from '../internal/terminal/index.js';
import type { Command, Entry, Flag, Shell } from './command.js';
import { COMMANDS } from './index.js';
import { parseQuickly } from './quick.js';

/** What the scripts of `rodent completion` call; the name is yargs'. */
const COMPLETE = '--get-yargs-completions';

/** Runs the command that `argv` (the words after the program's name) names; returns its exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const shell = createShell(argv);
  try {
    return await dispatch(withCommand(argv), shell);
  } catch (error) {
    shell.terminal.error(errors.describe(error));
    return statusOf(error);
  }
}

/** A detached start that failed ends as the service itself did. */
function statusOf(error: unknown): number {
  if (!errors.isRodentError(error)) return 1;
  const own = error.contextData['exitCode'];
  return typeof own === 'number' && own > 0 ? own : errors.exitStatus(error.code);
}

function createShell(argv: readonly string[]): Shell {
  const { stdout, stderr, env } = process;
  // A reader that has seen enough, as `head` has, is no failure; and a service goes on without it.
  stdout.on('error', (error) => {
    if (!errors.hasCode(error, 'EPIPE')) throw error;
  });
  return {
    terminal: terminal.create({ stdout, stderr, noColor: env['NO_COLOR'] }),
    env,
    cwd: fs.realpathSync(process.cwd()),
    uid: process.geteuid?.(),
    homeDir: os.homedir(),
    argv,
  };
}

/** `rodent` alone and `rodent --flag …` mean `rodent serve`; `--server` is its old spelling. */
function withCommand(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === '--server') return ['serve', ...rest];
  const isOwn = first === '-h' || first === '--help' || first === COMPLETE;
  if (isOwn || (first !== undefined && !first.startsWith('-'))) return argv;
  if (first === '-V' || first === '--version') return ['version', '--short'];
  return ['serve', ...argv];
}

async function dispatch(argv: readonly string[], shell: Shell): Promise<number> {
  const word = argv[0] ?? '';
  if (word === COMPLETE) {
    const { complete } = await import('./completion.js');
    return complete(argv.slice(1), shell);
  }
  const entry = COMMANDS.find(({ name, aliases }) => name === word || aliases?.includes(word));
  if (entry !== undefined) return runEntry(entry, argv, shell);
  if (!word.startsWith('-')) throw await unknownCommand(word);
  const parser = await createParser(argv);
  for (const { name, aliases, summary } of COMMANDS) {
    parser.command([name, ...(aliases ?? [])], summary);
  }
  parser.showHelp('log');
  return 0;
}

async function createParser(argv: readonly string[]): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  return yargs([...argv])
    .scriptName('rodent')
    .usage('$0 <command> [options]\n\nA process that lives correctly.')
    .help('help')
    .alias('help', 'h')
    .version(false)
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns))
    .epilogue(
      'Exit status: 0 done, 1 failed, 2 usage or configuration, 3 not running, 124 timed out.',
    );
}

async function runEntry(entry: Entry, argv: readonly string[], shell: Shell): Promise<number> {
  const command = await entry.load();
  const { normalize } = await import('../internal/config/index.js');
  const words = normalize(argv.slice(1));
  const args = parseQuickly(command, words);
  if (args !== undefined) return command.run(args, shell);
  return parseAndRun({ entry, command, argv: [entry.name, ...words] }, shell);
}

interface Call {
  readonly entry: Entry;
  readonly command: Command;
  readonly argv: readonly string[];
}

async function parseAndRun({ entry, command, argv }: Call, shell: Shell): Promise<number> {
  const { suggestion } = await import('../internal/config/index.js');
  const parser = await createParser(argv);
  const words = (command.positionals ?? []).map(({ name, isRequired }) =>
    isRequired === true ? `<${name}>` : `[${name}]`,
  );
  const synopsis = [entry.name, ...words].join(' ');
  let status = 0;
  await parser
    .command({
      command: [synopsis, ...(entry.aliases ?? [])],
      describe: false,
      builder: (y: Argv) =>
        declare(y, command).usage(`$0 ${synopsis} [options]\n\n${entry.summary}.`),
      handler: async (args) => {
        status = await command.run(args, shell);
      },
    })
    .strict()
    .fail((message: string | undefined, error: Error | undefined) => {
      // yargs' own complaints are YErrors; everything else comes from the command.
      const isOwn = error === undefined || error.name === 'YError';
      throw isOwn ? usage(message ?? '', { argv, synopsis, command, suggestion }) : error;
    })
    .parseAsync();
  return status;
}

function declare(y: Argv, command: Command): Argv {
  for (const { name, describe, isRequired } of command.positionals ?? []) {
    y.positional(name, { describe, type: 'string', demandOption: isRequired === true });
  }
  for (const [name, { alias, choices, ...flag }] of Object.entries(command.flags)) {
    y.option(name, {
      ...flag,
      requiresArg: flag.type !== 'boolean',
      ...(alias === undefined ? {} : { alias }),
      ...(choices === undefined ? {} : { choices }),
    });
  }
  for (const [line, what] of command.examples ?? []) y.example(line, what);
  return y;
}

async function unknownCommand(word: string): Promise<errors.RodentError> {
  const { suggestion } = await import('../internal/config/index.js');
  const names = COMMANDS.flatMap(({ name, aliases }) => [name].concat(aliases ?? []));
  const isFile = /[./]/.test(word);
  const hint = isFile ? ` Try "rodent serve ${word}".` : suggestion(word, names);
  return new errors.RodentError(`Unknown command "${word}".${hint} See "rodent --help".`, {
    code: 'USAGE',
  });
}

/** What a complaint of yargs is about. */
interface Usage {
  readonly argv: readonly string[];
  readonly synopsis: string;
  readonly command: Command;
  readonly suggestion: (name: string, candidates: readonly string[]) => string;
}

/** Turns a complaint of yargs into one sentence with the nearest known flag. */
function usage(message: string, about: Usage): errors.RodentError {
  return new errors.RodentError(sentence(message, about), { code: 'USAGE' });
}

function sentence(message: string, { argv, synopsis, command, suggestion }: Usage): string {
  if (message.startsWith('Not enough non-option arguments')) {
    return `A word is missing: rodent ${synopsis}.`;
  }
  const bare = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (bare !== undefined) return `The option "${spell(bare)}" needs a value.`;
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1];
  if (unknown === undefined) {
    return message
      .replaceAll(/\s*\n\s*/g, ' ')
      .trim()
      .replace(/\.?$/, '.');
  }
  const word = unknown.split(', ')[0] ?? '';
  if (argv.includes(word)) return `Unknown word "${word}".`;
  const option = spell(word);
  return `Unknown option "${option}".${suggestion(option, flagNames(command.flags))}`;
}

/** The option of that name as it is typed. */
function spell(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function flagNames(flags: Readonly<Record<string, Flag>>): readonly string[] {
  return Object.entries(flags)
    .flatMap(([name, { alias }]) => [name].concat(alias ?? []))
    .map((name) => `--${name}`);
}
