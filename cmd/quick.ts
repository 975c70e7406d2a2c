/**
 * The short way through ordinary words: yargs' own parser without yargs around it, which takes as long
 * to load as Node to start. Whatever is not ordinary (help, an unknown flag, a value that is missing)
 * goes the long way, where yargs has the last word; so nothing here decides what is an error.
 */

import parse from 'yargs-parser';

import type { Arguments, Command } from './command.js';

/** Returns what yargs would make of `words` (those after the command's name); undefined when in doubt. */
export function parseQuickly(command: Command, words: readonly string[]): Arguments | undefined {
  if (words.some((word, index) => isUnclear(word, words[index + 1]))) return undefined;
  const flags = Object.entries(command.flags);
  const namesOf = (type: string): string[] =>
    flags.filter(([, flag]) => flag.type === type).map(([name]) => name);
  const { argv, error } = parse.detailed([...words], {
    boolean: namesOf('boolean'),
    string: namesOf('string'),
    number: namesOf('number'),
    alias: Object.fromEntries(flags.map(([name, { alias }]) => [name, [...(alias ?? [])]])),
    configuration: { 'camel-case-expansion': false, 'strip-aliased': true },
  });
  const { _: rest, ...given } = argv;
  const positionals = command.positionals ?? [];
  const isOrdinary =
    error === null &&
    rest.length <= positionals.length &&
    rest.every((word) => typeof word === 'string' && /^[^-]/.test(word)) &&
    positionals.every(({ isRequired }, index) => isRequired !== true || index < rest.length) &&
    Object.entries(given).every(([name, value]) => isPlain(command, name, value));
  if (!isOrdinary) return undefined;
  const named = rest.map((word, index) => [positionals[index]?.name ?? '', String(word)] as const);
  return { ...given, ...Object.fromEntries(named) };
}

/** The end of flags, short ones in a bunch, and a flag that another follows where a value might. */
function isUnclear(word: string, next: string | undefined): boolean {
  if (word === '--' || /^-\w[^=]/.test(word)) return true;
  return /^--?\w[\w-]*$/.test(word) && next !== undefined && next.startsWith('-');
}

function isPlain(command: Command, name: string, value: unknown): boolean {
  if (!Object.hasOwn(command.flags, name)) return false;
  switch (command.flags[name]?.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return typeof value === 'string' && value !== '';
    case undefined:
      return false;
  }
}
