/** The server's own answers: short, generic, in the format the client asked for. */

import http from 'node:http';

import * as errors from '../errors/index.js';

/** What a client may know of an error. */
export interface PublicError {
  readonly status: number;
  readonly code: errors.Code;
  readonly message: string;
}

type Refusal =
  | 'badRequest'
  | 'timeout'
  | 'tooLarge'
  | 'headersTooLarge'
  | 'deadline'
  | 'draining'
  | 'noUpgrade';

/** The answers that are not about a particular error. */
export const REFUSALS: Readonly<Record<Refusal, PublicError>> = {
  badRequest: { status: 400, code: 'BAD_REQUEST', message: 'The request is malformed.' },
  timeout: { status: 408, code: 'BAD_REQUEST', message: 'The request took too long to arrive.' },
  tooLarge: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The body of the request is larger than the limit.',
  },
  headersTooLarge: {
    status: 431,
    code: 'BAD_REQUEST',
    message: 'The headers of the request are larger than the limit.',
  },
  deadline: {
    status: 503,
    code: 'DEADLINE_EXCEEDED',
    message: 'The request took too long to answer.',
  },
  draining: { status: 503, code: 'NOT_READY', message: 'The service is shutting down.' },
  noUpgrade: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'This resource does not switch protocols.',
  },
};

/** The public side of `error`: the detail of a RodentError, and nothing of any other. */
export function toPublic(error: unknown): PublicError {
  if (!errors.isRodentError(error)) {
    return { status: 500, code: 'INTERNAL', message: 'Internal server error.' };
  }
  const { code, detail } = error;
  // Where the database is, and as whom it is used, is for the log alone.
  const message = OF_THE_DATABASE.has(code) ? 'The database is not available.' : detail;
  return { status: errors.httpStatus(code), code, message };
}

const OF_THE_DATABASE: ReadonlySet<errors.Code> = new Set<errors.Code>([
  'DATABASE_UNAVAILABLE',
  'DATABASE_BUSY',
  'DATABASE_REFUSED',
  'SCHEMA_MISMATCH',
  'EMBEDDED_DATABASE',
]);

/** Returns media type and text: JSON, unless the client prefers something a person reads. */
export function render(
  error: PublicError,
  requestId: string,
  accept: string | undefined,
): readonly [type: string, body: string] {
  if (accept !== undefined && /^text\//i.test(accept) && !/json/i.test(accept)) {
    return ['text/plain; charset=UTF-8', `${error.message} (request ${requestId})\n`];
  }
  const { code, message } = error;
  return ['application/json', `${JSON.stringify({ code, message, requestId })}\n`];
}

/** A whole answer as text, for a connection whose request never became one. */
export function raw(error: PublicError): string {
  const body = `${error.message}\n`;
  return [
    `HTTP/1.1 ${error.status} ${http.STATUS_CODES[error.status] ?? ''}`,
    'Content-Type: text/plain; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
