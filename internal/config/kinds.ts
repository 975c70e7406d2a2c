/** The kinds of values: how each is read from text, written back, and described to people. */

import type { Kind, KindName, KindValues, Refusal } from './kind.js';
import {
  DURATION_UNITS,
  LONGEST_MS,
  SIZE_UNITS,
  each,
  escapePath,
  expand,
  plainText,
  scaled,
  unscaled,
  wholeNumber,
} from './parse.js';

/** Every kind by its name. */
export const KINDS: { readonly [K in KindName]: Kind<KindValues[K]> } = {
  boolean: { label: 'yes or no', parse: parseBoolean, format: (value) => (value ? 'yes' : 'no') },
  databaseUrl: {
    label: 'postgresql:// URL',
    parse: (text) =>
      /^postgres(?:ql)?:\/\//.test(text) && /^\P{Cc}+$/u.test(text)
        ? text
        : { expected: 'a URL such as postgresql://user@host:5432/name' },
    format: String,
  },
  duration: {
    label: 'duration (ms, s, m, h, d)',
    parse: (text, limits) =>
      scaled(text, DURATION_UNITS, {
        limits: { ...limits, max: limits.max ?? LONGEST_MS },
        expected: 'a duration such as 250ms, 30s, 2m, 1h or 7d',
      }),
    format: (value) => unscaled(value, DURATION_UNITS),
  },
  enum: {
    label: 'one of a few words',
    parse: (text, { of = [] }) =>
      of.includes(text) ? text : { expected: `one of ${of.join(', ')}` },
    format: String,
  },
  header: shaped('HTTP header name', /^[\w!#$%&'*+.^`|~-]+$/, 'an HTTP header name'),
  host: {
    label: 'host name or address',
    parse: parseHost,
    format: String,
  },
  integer: {
    label: 'whole number',
    parse: (text, limits) => wholeNumber(text, limits, 'a whole number'),
    format: String,
  },
  list: {
    label: 'list, separated by commas',
    isList: true,
    parse: (text, limits) => each(text, (item) => plainText(item, limits)),
    format: (value) => value.join(','),
  },
  names: {
    label: 'list of variable names, separated by commas',
    isList: true,
    parse: (text) =>
      each(text, (item) =>
        /^[A-Za-z_]\w*$/.test(item) ? item : { expected: 'a list of variable names' },
      ),
    format: (value) => value.join(','),
  },
  path: {
    label: 'path',
    parse: (text, _limits, place) => expand(text, place),
    format: escapePath,
  },
  paths: {
    label: 'list of paths, separated by commas',
    isList: true,
    parse: (text, _limits, place) => each(text, (item) => expand(item, place)),
    format: (value) => value.map(escapePath).join(','),
  },
  port: {
    label: 'port',
    parse: (text) => wholeNumber(text, { max: 65_535 }, 'a port'),
    format: String,
  },
  route: shaped('path of a URL', /^\/[^\s?#]*$/, 'the path of a URL, such as /health'),
  size: {
    label: 'size (B, KiB, MiB, GiB, TiB)',
    parse: (text, limits) =>
      scaled(text, SIZE_UNITS, { limits, expected: 'a size such as 512KiB, 1MiB or 2GiB' }),
    format: (value) => unscaled(value, SIZE_UNITS),
  },
  text: { label: 'text', parse: plainText, format: String },
  workers: {
    label: 'whole number, or auto',
    parse: (text, limits) =>
      text === 'auto' ? text : wholeNumber(text, limits, 'auto or a whole number'),
    format: String,
  },
};

function shaped(label: string, shape: RegExp, expected: string): Kind<string> {
  return {
    label,
    parse: (text) => (shape.test(text) ? text : { expected: expected }),
    format: String,
  };
}

/** Source: R-INP-81. */
function parseBoolean(text: string): boolean | Refusal {
  if (/^(?:1|yes|true|on)$/i.test(text)) return true;
  if (/^(?:0|no|false|off)$/i.test(text)) return false;
  return { expected: 'yes or no (1, yes, true, on; 0, no, false, off)' };
}

/** A bare host: an address with its port is a mistake that would only show when listening fails. */
function parseHost(text: string): string | Refusal {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  const isHost = /^[^\s/@"'[\]#]+$/.test(host) && host.split(':').length !== 2;
  return isHost ? host : { expected: 'a host name or address without a port, such as 127.0.0.1' };
}

/** Whether a kind's parser refused its text. */
export function isRefusal(parsed: unknown): parsed is Refusal {
  return typeof parsed === 'object' && parsed !== null && 'expected' in parsed;
}
