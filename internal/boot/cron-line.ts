/**
 * One line of a crontab, and a crontab with and without it.
 *
 * The marker is a shell's comment at the end of the line itself, so that a line that is moved by hand
 * keeps it. Tables hold one character a byte: what others wrote need not be UTF-8.
 *
 * Source: crontab(5), "The entire command portion of the line … %".
 */

import { markerOf } from './service.js';
import type { Service } from './service.js';

/** What a shell runs to start `service` in the background; stderr tells why it could not. */
export function commandOf({ dir, command }: Service): string {
  const words = [...command, '--detached'].map((word) => shellWord(word)).join(' ');
  return `cd ${shellWord(dir)} && exec ${words} >/dev/null`;
}

/** The line that starts `service`, without its end, one character a byte. */
export function lineOf(service: Service): string {
  const line = `@reboot ${cronText(commandOf(service))} ${markerOf(service)}`;
  return Buffer.from(line, 'utf8').toString('latin1');
}

/** The lines of `table` that are those of `service`, also one that was commented out. */
export function linesIn(table: string, service: Pick<Service, 'home'>): readonly string[] {
  return table.split('\n').filter((line) => isOurs(line, service));
}

/**
 * Returns `table` with the line of `service`: in its old place, or before all others, where no setting
 * of the table (SHELL, PATH) changes what it does.
 */
export function withLine(table: string, service: Service): string {
  const [first] = linesIn(table, service);
  if (first === undefined) return `${lineOf(service)}\n${table}`;
  const place = table.split('\n').indexOf(first);
  const isLeft = (line: string, index: number): boolean =>
    index === place || !isOurs(line, service);
  return table
    .split('\n')
    .filter(isLeft)
    .map((line) => (isOurs(line, service) ? lineOf(service) : line))
    .join('\n');
}

/** Returns `table` without the lines of `service`. */
export function withoutLine(table: string, service: Pick<Service, 'home'>): string {
  const lines = table.split('\n');
  return lines.filter((line) => !isOurs(line, service)).join('\n');
}

function isOurs(line: string, service: Pick<Service, 'home'>): boolean {
  return line.trimEnd().endsWith(` ${markerOf(service)}`);
}

function shellWord(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * cron ends the command at a bare `%` and takes the backslash from `\%`, whatever the quotes. It pairs
 * backslashes while it looks, so one that stands before a `%` is kept away by an empty pair of quotes
 * (both only ever stand in single quotes here).
 */
function cronText(command: string): string {
  return command.replaceAll(/(?<=\\)%/g, "''%").replaceAll('%', String.raw`\%`);
}
