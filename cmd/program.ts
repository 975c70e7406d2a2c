/** `rodent program`: the programs that the supervisor keeps. */

import os from 'node:os';

import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import * as terminal from '../internal/terminal/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { durationOf } from './duration.js';
import { PLACE_FLAGS, findPlace } from './place.js';
import * as progress from './progress.js';
import { drawingOf } from './status.js';
import * as tree from './tree.js';
import { plain } from './worker-words.js';

/** Beyond what a program may take to stop, or to fail to start a few times. */
const TIMEOUT_MS = 300_000;

const VERBS = ['status', 'start', 'stop', 'restart', 'signal', 'update'] as const;

type Verb = (typeof VERBS)[number];

/** As yargs spells a list; what it finds in one stands under the name without the dots. */
const NAMES = 'name..';

export const program: Command = {
  flags: {
    ...PLACE_FLAGS,
    all: {
      describe: 'Every program: what start, stop, restart and signal want said',
      type: 'boolean',
    },
    timeout: { describe: 'How long to wait, e.g. 5m (the default)', type: 'string' },
    json: { describe: 'As JSON', type: 'boolean' },
  },
  positionals: [
    { name: 'verb', describe: 'status, start, stop, restart, signal or update', isRequired: true },
    { name: NAMES, describe: 'Programs; for signal, the signal first' },
  ],
  examples: [
    ['rodent program restart mailer', 'stops it, starts it, waits until it runs'],
    ['rodent program stop --all', 'all of them'],
    ['rodent program signal HUP mailer', 'sends a signal'],
    ['rodent program update', 'applies what changed in their definitions, and only that'],
  ],
  async run(args, shell) {
    const verb = verbOf(String(args['verb']));
    const names = namesOf(args);
    if (verb === 'status') return status(args, shell, names);
    const request = args['all'] === true ? requestOfAll(verb, names) : requestOf(verb, names);
    const isJson = args['json'] === true;
    const timeoutMs = durationOf(args['timeout'], 'timeout') ?? TIMEOUT_MS;
    const place = await findPlace(args, shell);
    const results = await progress.during(isJson ? 'silent' : 'everybody', (onProgress) =>
      instance.programs(place, request, { timeoutMs, onProgress }),
    );
    if (isJson) shell.terminal.json({ results });
    else shell.terminal.print(outcome(results, shell));
    return results.some((result) => result.outcome === 'failed') ? 1 : 0;
  },
};

function verbOf(word: string): Verb {
  const verb = VERBS.find((candidate) => candidate === word);
  if (verb !== undefined) return verb;
  throw usage(
    `There is no action "${word}"; use ${VERBS.slice(0, -1).join(', ')} or update.${config.suggestion(word, VERBS)} Usage: rodent program <verb> [name..].`,
  );
}

/** One word comes by the short way, under the name as it is declared. */
function namesOf(args: Arguments): readonly string[] {
  const words = args['name'] ?? args[NAMES] ?? [];
  return (Array.isArray(words) ? words : [words]).map(String);
}

/** Nothing said means everything only where that is harmless. */
function requestOf(verb: instance.ProgramVerb, words: readonly string[]): instance.ProgramsRequest {
  const { names, ...signal } = signalOf(verb, words);
  if (names.length > 0 || verb === 'update') return { verb, names, ...signal };
  throw usage(`Name the programs to ${verb}, or say --all.`);
}

function requestOfAll(
  verb: instance.ProgramVerb,
  words: readonly string[],
): instance.ProgramsRequest {
  const { names, ...signal } = signalOf(verb, words);
  if (names.length === 0) return { verb, names, ...signal };
  throw usage('Either name programs or say --all.');
}

/** Takes the signal off the words, where the verb wants one. */
function signalOf(
  verb: instance.ProgramVerb,
  words: readonly string[],
): Pick<instance.ProgramsRequest, 'names' | 'signal'> {
  if (verb !== 'signal') return { names: words };
  const [word, ...names] = words;
  if (word === undefined) throw usage('Say which signal, e.g. "rodent program signal HUP mailer".');
  const signal = signalNamed(word);
  if (signal !== undefined) return { names, signal };
  throw usage(`There is no signal "${word}". Say e.g. "rodent program signal HUP mailer".`);
}

function signalNamed(word: string): NodeJS.Signals | undefined {
  const name = word.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  return isSignal(name) ? name : undefined;
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(os.constants.signals, name);
}

function usage(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}

/** Shows the programs; one in FATAL, which nobody starts any more, is a failure. */
async function status(args: Arguments, shell: Shell, names: readonly string[]): Promise<number> {
  const service = await instance.service(await findPlace(args, shell));
  const all = service.workers.filter(({ kind }) => kind === 'program' || kind === 'script');
  const shown = all.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined)
    throw notFound(
      unknown,
      all.map(({ name }) => name),
    );
  if (args['json'] === true) shell.terminal.json(shown);
  else if (shown.length === 0) shell.terminal.note('The service keeps no programs.');
  else shell.terminal.print(tree.list(shown, drawingOf(shell)));
  return shown.some(({ state }) => state === 'FATAL') ? 1 : 0;
}

function notFound(name: string, known: readonly string[]): errors.RodentError {
  const hint = config.suggestion(name, known);
  return new errors.RodentError(`There is no program "${name}".${hint}`, { code: 'NOT_FOUND' });
}

function outcome(results: readonly instance.ProgramResult[], { terminal: screen }: Shell): string {
  if (results.length === 0) return 'There is nothing to do.';
  return terminal.table(
    results.map(({ name, outcome, error = '' }) => [
      name,
      screen.paint(outcome === 'failed' ? 'red' : 'green', outcome),
      plain(error),
    ]),
  );
}
