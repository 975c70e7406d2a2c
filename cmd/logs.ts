/** `rodent logs`: the end of a log, or what comes. */

import * as errors from '../internal/errors/index.js';
import * as log from '../internal/log/index.js';
import type { Command, Shell } from './command.js';
import { untilEnded } from './ending.js';
import { PLACE_FLAGS, loadConfig } from './place.js';

const LINES = 100;

/** What each flag shows; without one, what rodent itself wrote. */
const STREAMS: Readonly<Record<string, log.StreamName>> = {
  access: 'access',
  app: 'app',
  errors: 'appError',
};

export const logs: Command = {
  flags: {
    ...PLACE_FLAGS,
    follow: { describe: 'Go on with what comes', type: 'boolean', alias: ['f'] },
    lines: { describe: `How many lines (${LINES})`, type: 'number', alias: ['n'] },
    access: { describe: 'The requests', type: 'boolean' },
    app: { describe: 'What the application printed', type: 'boolean' },
    errors: { describe: 'What the application printed as errors', type: 'boolean' },
    json: { describe: 'Records as they stand in the file', type: 'boolean' },
  },
  async run(args, shell) {
    const loaded = loadConfig(args, shell, ['log.dir']);
    const stream = Object.entries(STREAMS).find(([flag]) => args[flag] === true)?.[1] ?? 'server';
    const file = log.paths(loaded.get('log.dir'))[stream];
    const lines = countOf(args['lines']);
    const write = writer(shell, args['json'] === true);
    if (args['follow'] !== true) for (const line of await read(file, lines)) write(line);
    else
      await log
        .follow(file, write, { signal: untilEnded(['SIGINT', 'SIGTERM']), lines })
        .catch(explain);
    return 0;
  },
};

function countOf(value: unknown): number {
  if (value === undefined) return LINES;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new errors.RodentError('The number of lines must be a whole number.', { code: 'USAGE' });
}

function writer({ terminal, env }: Shell, isJson: boolean): (line: string) => void {
  if (isJson) return (line) => terminal.print(line);
  const color = process.stdout.isTTY && (env['NO_COLOR'] ?? '') === '';
  const format = log.createFormat({ color });
  return (line) => terminal.print(format(line));
}

function read(file: string, lines: number): Promise<readonly string[]> {
  return log.tail(file, lines).catch(explain);
}

/** A service in the foreground writes to its terminal; there is no file then. */
function explain(error: unknown): never {
  if (!errors.hasCode(error, 'FILE')) throw error;
  throw new errors.RodentError(
    `${errors.describe(error)} A service in the foreground logs to its stdout.`,
    { code: 'FILE', cause: error },
  );
}
