/** The one model of a record: timestamp, level, detail, context_msg, context_data, and what is constant. */

import * as errors from '../errors/index.js';
import type { Level } from './level.js';
import { plain } from './plain.js';
import type { Redactor } from './redact.js';
import type { Stamp } from './stamp.js';

/**
 * What a caller gives beside the constant sentence. `contextMsg` is a technical description; an error
 * stands under `error`, `err` or `cause`; every other key is a value and goes to `context_data`.
 */
export interface Fields {
  readonly contextMsg?: string | undefined;
  readonly contextData?: Readonly<Record<string, unknown>> | undefined;
  readonly error?: unknown;
  readonly [name: string]: unknown;
}

/** The keys of a record that follow from its fields. */
export interface Context {
  context_msg?: string;
  context_data?: unknown;
  error?: unknown;
}

/** What lines of records share. */
export interface Shape {
  readonly stamp: Stamp;
  readonly redactor: Redactor;
  /** JSON members that stand in every record, each with a comma before it: `,"pid":412`. */
  readonly constants: string;
}

const ERROR_KEYS: readonly string[] = ['error', 'err', 'cause'];
const OWN_KEYS: ReadonlySet<string> = new Set([
  'contextMsg',
  'context_msg',
  'contextData',
  'context_data',
]);

/**
 * Sorts fields into the record's model, with secrets taken out. The context of a RodentError becomes
 * the record's own where the caller gave none. Source: R-NIN-8, R-NIN-35.
 */
export function toContext(fields: Fields, redactor: Redactor): Context {
  try {
    return sortFields(fields, redactor);
  } catch (error) {
    // A getter that throws, or a proxy that was revoked, costs the values and never the record.
    return { context_data: `[unreadable: ${errors.describe(error)}]` };
  }
}

function sortFields(fields: Fields, redactor: Redactor): Context {
  const errorKey = ERROR_KEYS.find((key) => isErrorField(key, fields[key]));
  const error = errorKey === undefined ? undefined : fields[errorKey];
  const ours = errors.isRodentError(error) ? error : undefined;
  const values: Record<string, unknown> = {
    ...ours?.contextData,
    ...asObject(fields.contextData),
    ...asObject(fields['context_data']),
  };
  for (const [key, value] of Object.entries(fields)) {
    if (key !== errorKey && !OWN_KEYS.has(key)) values[key] = value;
  }
  const message = fields.contextMsg ?? fields['context_msg'] ?? ours?.contextMsg;
  const context: Context = {};
  if (typeof message === 'string') context.context_msg = redactor.text(message);
  if (Object.keys(values).length > 0) context.context_data = plain(values, redactor);
  if (errorKey !== undefined) context.error = withoutContext(plain(error, redactor));
  return context;
}

/** Makes the line of one record. */
export function toLine(
  shape: Shape,
  record: { level: Level; detail: string; fields: Fields; atMs?: number },
): string {
  const { stamp, redactor, constants } = shape;
  const detail = JSON.stringify(redactor.text(record.detail));
  const context = JSON.stringify(toContext(record.fields, redactor)).slice(1, -1);
  const rest = context === '' ? '' : `,${context}`;
  const head = `{"timestamp":"${stamp(record.atMs)}","level":"${record.level}","detail":${detail}`;
  return `${head}${constants}${rest}}\n`;
}

/** Anything can be thrown, so `error` always counts; the short names only when they hold an error. */
function isErrorField(key: string, value: unknown): boolean {
  return key === 'error' ? value !== undefined : value instanceof Error;
}

function asObject(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** The context of the outermost error stands in the record itself, never twice. */
function withoutContext(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return { detail: error };
  const { context_msg: _message, context_data: _data, ...rest } = error as Context;
  return rest;
}
