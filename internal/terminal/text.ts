/** Text for people: tables, durations, sizes. */

import { stripVTControlCharacters } from 'node:util';

/**
 * Returns `rows` as lines whose columns are aligned, two blanks apart, without a trailing blank.
 *
 * @example
 * table([['pid', '412'], ['address', 'http://127.0.0.1:8042']])
 * // pid      412
 * // address  http://127.0.0.1:8042
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell));
    });
  }
  return rows.map((row) => alignRow(row, widths)).join('\n');
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)));
  return cells.join('  ').trimEnd();
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

/** Returns `ms` milliseconds in the two largest units that matter: `240ms`, `8s`, `3m 20s`, `2d 4h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  let rest = Math.floor(ms / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0 || parts.length > 0) parts.push(count > 0 ? `${count}${unit}` : '');
    if (parts.length === 2) break;
  }
  return parts.filter((part) => part !== '').join(' ');
}

/** Returns `count` bytes in binary units with at most one decimal: `512 B`, `1.5 KiB`, `48 MiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 10 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}
