/** A name that nobody has, and those that were perhaps meant. */

import * as errors from '../errors/index.js';

/** Returns the error for `name`, which is none of `names`. */
export function unknownName(name: string, names: readonly string[]): errors.RodentError {
  const near = names.filter((other) => isNear(name.toLowerCase(), other.toLowerCase()));
  const shown = (near.length > 0 ? near : names).slice(0, 5).map((other) => `"${other}"`);
  const hint = near.length > 0 ? 'did you mean' : 'there are';
  const rest = shown.length === 0 ? 'there is none' : `${hint} ${shown.join(', ')}`;
  const mark = near.length > 0 ? '?' : '.';
  return new errors.RodentError(`There is no worker "${name}": ${rest}${mark}`, {
    code: 'NOT_FOUND',
    contextData: { worker: name },
  });
}

/** One holds the other, or they differ by at most two letters. */
function isNear(name: string, other: string): boolean {
  if (name === '') return false;
  return other.includes(name) || name.includes(other) || distance(name, other) <= 2;
}

/** How many letters have to be changed, added or left out to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const letter of one) {
    const next = [(row[0] ?? 0) + 1];
    for (let at = 1; at < row.length; at += 1) {
      const exchanged = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
