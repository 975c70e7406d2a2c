/** The log of a worker: one line for each message, in its own file and, in the foreground, on stdout. */

import path from 'node:path';
import util from 'node:util';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import * as logs from '../log/index.js';
import type { Config, Dictionary } from './dictionary.js';
import { LogFile } from './log-file.js';
import { redactorOf } from './redact.js';
import type { Level } from './settings.js';
import { LEVELS, levelOf } from './settings.js';

/** What a worker function writes its log with. */
export interface Logger {
  /** The least severe level that is written. */
  level: Level;
  /** Writes a message; details are shown behind it, an error with its stack on lines of its own. */
  debug(message: unknown, ...details: readonly unknown[]): void;
  info(message: unknown, ...details: readonly unknown[]): void;
  warn(message: unknown, ...details: readonly unknown[]): void;
  error(message: unknown, ...details: readonly unknown[]): void;
}

/** The log as who opened it has it. */
export interface WorkerLog extends Logger {
  /** The path of the file. */
  readonly file: string;
  /** Leads what the program prints into the file, until the log is closed. */
  captureOutput(): void;
  /** The last thing to do with it. */
  close(): void;
}

/** What the log is named after. */
export type Logged = Pick<Config, 'root_dir' | 'worker_type' | 'worker_id' | 'foreground'>;

/**
 * Opens the log: `<root_dir>/log/<worker_type>/<worker_id>.log`, appended to, its folders made. In the
 * foreground every line also goes to stdout. The key `log_level` (debug, info, warn, error) says what is
 * written.
 *
 * A line is the time in UTC, the worker's id and type, the level and the message. Values from files of
 * secrets, and those of keys named like secrets, are taken out of every line.
 *
 * @throws RodentError FILE when the file cannot be made; CONFIG_INVALID for an unknown level.
 * Source: seed 001 section 7; R-UNI-11.
 */
export function setupLogging(config: Logged & Dictionary): WorkerLog {
  const { root_dir: root, worker_type: type, worker_id: id, foreground } = config;
  const level = levelOf(config);
  const file = new LogFile(path.join(root, 'log', type, `${id}.log`));
  const restore: (() => void)[] = [];
  const redact = redactorOf(config);
  const put = (of: Level, words: readonly unknown[]): void => {
    if (LEVELS.indexOf(of) < LEVELS.indexOf(log.level)) return;
    const text = redact(format(words));
    const line = `${clock.utc()} ${id} ${type} ${of.toUpperCase()} ${text}\n`;
    file.write(line);
    if (foreground) process.stdout.write(line);
  };
  const log: WorkerLog = {
    level,
    file: file.path,
    debug: (...words) => put('debug', words),
    info: (...words) => put('info', words),
    warn: (...words) => put('warn', words),
    error: (...words) => put('error', words),
    captureOutput: () => {
      for (const stream of [process.stdout, process.stderr]) {
        restore.push(logs.redirect(stream, (text) => file.write(redact(text))));
      }
    },
    close: () => {
      for (const undo of restore.splice(0)) undo();
      file.close();
    },
  };
  return log;
}

/** The words as one line; the stacks of errors follow on lines that are set in. */
function format(words: readonly unknown[]): string {
  const stacks = words.filter((word) => word instanceof Error).map((error) => stackOf(error));
  const texts = words.map((word, index) => inLine(word, index));
  return [texts.filter((text) => text !== '').join(' '), ...stacks].join('\n  ');
}

function inLine(word: unknown, index: number): string {
  if (typeof word === 'string') return oneLine(word);
  if (!(word instanceof Error)) return oneLine(util.inspect(word, { breakLength: Infinity }));
  return index === 0 ? oneLine(errors.describe(word)) : '';
}

/** A message cannot pass for two lines of the log. */
function oneLine(text: string): string {
  return text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}

/** The stack with those of its causes; errors of a database bring their fields. */
function stackOf(error: Error): string {
  const lines = util.inspect(error, { breakLength: Infinity }).split(/\r?\n/);
  return lines.filter((line) => !/: undefined,?$/.test(line)).join('\n  ');
}
