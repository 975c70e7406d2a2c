/** The request log: one line for each request, shaped by hand because there is one for each request. */

import type { Level } from './level.js';
import type { Shape } from './record.js';

/** What is known of a request when its response has ended. Source: R-ROD-34. */
export interface AccessRecord {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Without `?`; empty when there is none. Values of secret keys are taken out. */
  readonly query: string;
  readonly status: number;
  /** Milliseconds; written with three digits. */
  readonly durationMs: number;
  /** Bytes of the response's body. */
  readonly bytesOut: number;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** The X-Forwarded-For header as it came. */
  readonly forwardedFor: string | undefined;
  /** Why the answer is not complete; left out for one that is. */
  readonly aborted?: string;
}

/** Whatever JSON must escape, and the control characters that a terminal would obey. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /["\\\u0000-\u001F\u007F-\u009F\uD800-\uDFFF]/;
const TERMINAL_CONTROLS = /[\u007F-\u009F]/g;

/** The level of a request's record: 5xx error, 4xx warn, else info. Source: R-ROD-34. */
export function accessLevel(status: number): Level {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

/** Makes the line of one request; `shape` stays the same for all of them. */
export function toAccessLine(shape: Shape, record: AccessRecord): string {
  const { status, aborted } = record;
  return (
    `{"timestamp":"${shape.stamp()}","level":"${accessLevel(status)}","detail":"Request"` +
    `${shape.constants},"context_data":{"request_id":${quote(record.requestId)}` +
    `,"method":${quote(record.method)},"path":${quote(record.path)}` +
    `,"query":${record.query === '' ? '""' : quote(shape.redactor.query(record.query))}` +
    `,"status":${status},"duration_ms":${Math.round(record.durationMs * 1000) / 1000}` +
    `,"bytes_out":${record.bytesOut},"ip":${quote(record.ip)}` +
    `,"user_agent":${quote(record.userAgent)},"forwarded_for":${quote(record.forwardedFor)}` +
    `${aborted === undefined ? '' : `,"aborted":${quote(aborted)}`}}}\n`
  );
}

function quote(text: string | undefined): string {
  if (text === undefined) return 'null';
  return UNSAFE.test(text) ? quoteSlowly(text) : `"${text}"`;
}

function quoteSlowly(text: string): string {
  return JSON.stringify(text).replaceAll(
    TERMINAL_CONTROLS,
    (char) => `\\u00${char.charCodeAt(0).toString(16)}`,
  );
}
