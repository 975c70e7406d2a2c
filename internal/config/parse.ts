/** From text to numbers with and without units, words, lists and paths, and back. */

import path from 'node:path';

import type { Limits, Place, Refusal } from './kind.js';

type Units = ReadonlyMap<string, number>;

/** In milliseconds. */
export const DURATION_UNITS: Units = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** In bytes. */
export const SIZE_UNITS: Units = new Map([
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4],
]);

/** Timers of Node hold 2^31 - 1 ms and fire at once beyond it, so no duration is longer. */
export const LONGEST_MS: number = 24 * 86_400_000;

/** A whole number in decimal digits. */
export function wholeNumber(text: string, limits: Limits, expected: string): number | Refusal {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return inRange(value, limits, { expected, show: String });
}

interface Range {
  readonly expected: string;
  /** Writes a limit for people. */
  readonly show: (value: number) => string;
}

function inRange(value: number, limits: Limits, { expected, show }: Range): number | Refusal {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  if (max < Number.MAX_SAFE_INTEGER) {
    return { expected: `${expected} (${show(min)} to ${show(max)})` };
  }
  return { expected: min > 0 ? `${expected}, at least ${show(min)}` : expected };
}

interface Scale {
  readonly limits: Limits;
  readonly expected: string;
}

/** A number with its unit; fractions where they make a whole number of the smallest unit (1.5s). */
export function scaled(text: string, units: Units, { limits, expected }: Scale): number | Refusal {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([a-zA-Z]+)$/.exec(text) ?? [];
  const exact = text === '0' ? 0 : Number(amount) * (units.get(unit) ?? Number.NaN);
  const value = Math.abs(exact - Math.round(exact)) < 1e-6 ? Math.round(exact) : Number.NaN;
  return inRange(value, limits, { expected, show: (limit) => unscaled(limit, units) });
}

/** The text with the largest unit that divides the value: 90000 is 90s, 60000 is 1m. */
export function unscaled(value: number, units: Units): string {
  if (value === 0) return '0';
  const fitting = [...units].filter(([, factor]) => value % factor === 0);
  const [unit = '', factor = 1] = fitting.at(-1) ?? [];
  return `${value / factor}${unit}`;
}

/** Words and quotes that show a misunderstanding are refused, never kept as part of a value. */
export function plainText(text: string, { secret }: Limits): string | Refusal {
  if (/\p{Cc}/u.test(text)) return { expected: 'text without control characters' };
  if (secret === true) return text;
  if (/\s#/.test(text)) return { expected: 'text whose comment stands on a line of its own' };
  return misunderstood(text) ?? text;
}

/** Source: R-INP-83, stricter: an error instead of a warning. */
function misunderstood(text: string): Refusal | undefined {
  if (/^(?:true|false|yes|no|on|off)$/i.test(text)) return { expected: 'text, or empty for none' };
  if (/^(["']).*\1$/.test(text)) return { expected: 'written without quotes' };
  return undefined;
}

/** The items between commas, blanks dropped; the first refusal stands for all. */
export function each(
  text: string,
  parse: (item: string) => string | Refusal,
): readonly string[] | Refusal {
  const items = text.split(',').map((item) => item.trim());
  const parsed = items.filter((item) => item !== '').map((item) => parse(item));
  return (
    parsed.find((item) => typeof item !== 'string') ??
    parsed.filter((item) => typeof item === 'string')
  );
}

/** `~`, `$NAME`, `${NAME}` (and `$$` for a dollar sign), then absolute. Source: R-INP-81. */
export function expand(text: string, place: Place): string | Refusal {
  const refused = misunderstood(text);
  if (refused !== undefined) return refused;
  if (/^~[^/]/.test(text)) return { expected: 'a path ("~" stands for your own home only)' };
  const unset: string[] = [];
  const expanded = text
    .replace(/^~/, () => place.homeDir)
    .replaceAll(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (match, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      const value = place.variable(name);
      if (value === undefined || value === '') unset.push(name);
      return value ?? match;
    });
  if (unset.length > 0)
    return { expected: `a path of variables that are set ($${unset.join(', $')} not)` };
  if (/\p{Cc}/u.test(expanded)) return { expected: 'a path without control characters' };
  return path.resolve(place.base, expanded);
}

/** The text that `expand` reads as this path. */
export function escapePath(value: string): string {
  return value.replaceAll('$', () => '$$');
}
