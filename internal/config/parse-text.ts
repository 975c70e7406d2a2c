/** Words, lists and paths. */

import path from 'node:path';

import type { Limits, Place, Refusal } from './kind.js';

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
