/** Any value as plain, finite, secret-free JSON data. */

import util from 'node:util';

import * as errors from '../errors/index.js';
import { REDACTED } from './redact.js';
import type { Redactor } from './redact.js';

/** Levels of nesting that are written. */
const MAX_DEPTH = 8;
/** Items of one list, and keys of one object, that are written. */
const MAX_ITEMS = 200;
/** Values of one record that are written: a request or a socket holds half the process. */
const MAX_VALUES = 2_000;

interface Walk {
  readonly redactor: Redactor;
  readonly path: object[];
  left: number;
}

/**
 * Returns a copy of `value` that JSON can hold, with the values of secret keys taken out; an error
 * becomes `{ name, code, detail, context_msg, context_data, stack, cause, … }`.
 */
export function plain(value: unknown, redactor: Redactor): unknown {
  return visit(value, { redactor, path: [], left: MAX_VALUES });
}

function visit(value: unknown, walk: Walk): unknown {
  walk.left -= 1;
  if (walk.left < 0) return '[…]';
  switch (typeof value) {
    case 'string':
      return walk.redactor.text(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return `[function ${value.name}]`;
    case 'object':
      return value === null ? null : visitObject(value, walk);
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function visitObject(value: object, walk: Walk): unknown {
  if (walk.path.includes(value)) return '[circular]';
  if (walk.path.length >= MAX_DEPTH) return '[…]';
  walk.path.push(value);
  try {
    return convert(value, walk);
  } catch (error) {
    return `[unreadable: ${errors.describe(error)}]`; // A getter or a toJSON that throws.
  } finally {
    walk.path.pop();
  }
}

function convert(value: object, walk: Walk): unknown {
  if (value instanceof Error || util.types.isNativeError(value)) return convertError(value, walk);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return convertEntries(mapEntries(value), walk);
  if (Array.isArray(value) || value instanceof Set) return convertItems([...value], walk);
  if ('toJSON' in value && typeof value.toJSON === 'function') return visit(value.toJSON(), walk);
  return convertEntries(Object.entries(value), walk);
}

function convertItems(items: readonly unknown[], walk: Walk): unknown[] {
  const kept = items.slice(0, MAX_ITEMS).map((item) => visit(item, walk) ?? null);
  if (items.length > MAX_ITEMS) kept.push(`[${items.length - MAX_ITEMS} more]`);
  return kept;
}

function convertEntries(entries: readonly (readonly [string, unknown])[], walk: Walk): unknown {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of entries.slice(0, MAX_ITEMS)) {
    // A definition, since assigning to "__proto__" would set the prototype.
    Object.defineProperty(copy, key, {
      value: walk.redactor.isSecret(key) && holdsText(value) ? REDACTED : visit(value, walk),
      enumerable: true,
    });
  }
  if (entries.length > MAX_ITEMS) copy['…'] = `[${entries.length - MAX_ITEMS} more]`;
  return copy;
}

/** That a secret is missing, or switched on, is no secret. */
function holdsText(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}

function mapEntries(map: ReadonlyMap<unknown, unknown>): [string, unknown][] {
  return [...map].map(([key, value]) => [String(key), value]);
}

function convertError(error: Error, walk: Walk): unknown {
  const isOurs = errors.isRodentError(error);
  const { code, detail, contextMsg, contextData, ...rest } = ownFields(error);
  const fields = {
    ...rest,
    name: error.name,
    code,
    detail: isOurs ? error.detail : error.message,
    // PostgreSQL's errors have a detail of their own beside the message.
    error_detail: isOurs ? undefined : detail,
    context_msg: contextMsg,
    context_data: isOurs && Object.keys(error.contextData).length === 0 ? undefined : contextData,
    stack: error.stack,
    errors: error instanceof AggregateError ? error.errors : undefined,
    cause: error.cause,
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return convertEntries(present, walk);
}

/** What errors of Node, of drivers and of ours carry beside name, message and stack. */
interface ErrorFields {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly contextMsg?: unknown;
  readonly contextData?: unknown;
  readonly [name: string]: unknown;
}

function ownFields(error: Error): ErrorFields {
  return Object.fromEntries(Object.entries(error));
}
