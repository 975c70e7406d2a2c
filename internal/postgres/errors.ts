/** What a failure means: the database is away, it refuses, or the statement is wrong. */

import pg from 'pg';

import * as errors from '../errors/index.js';
import { NO_TLS } from './tls.js';

/** What the system says of a peer that is away, or went. */
const AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ECONNABORTED',
  'EADDRNOTAVAIL',
]);

/** What pg says of it, without a code. */
const AWAY_IN_WORDS: ReadonlyMap<string, string> = new Map([
  ['timeout expired', 'it does not answer'],
  ['timeout exceeded when trying to connect', 'it does not answer'],
  ['Connection terminated due to connection timeout', 'it does not answer'],
  ['Query read timeout', 'it does not answer'],
  ['Connection terminated', 'the connection was closed'],
  ['Connection terminated unexpectedly', 'it closed the connection'],
  ['Client was closed and is not queryable', 'the connection was closed'],
  ['Client has encountered a connection error and is not queryable', 'the connection was lost'],
]);

/**
 * SQLSTATEs of a server that is away: connection exceptions, too many connections, a shutdown, a crash,
 * a start, a session that it ended.
 */
const AWAY_STATES = /^(?:08...|53300|57P0[1235]|25P0[34])$/u;

/** SQLSTATEs of a unit of work that may do better on another try. Source: R-INP-119. */
const RETRYABLE: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/** Whether `error` means that the database is away or went, so that a later try may do better. */
export function isUnavailable(error: unknown): boolean {
  if (errors.isRodentError(error)) return error.code === 'DATABASE_UNAVAILABLE';
  const state = sqlStateOf(error);
  if (state !== undefined) return AWAY_STATES.test(state);
  if (!(error instanceof Error)) return false;
  if (AWAY_IN_WORDS.has(error.message)) return true;
  return 'code' in error && typeof error.code === 'string' && AWAY.has(error.code);
}

/** Whether a unit of work that failed by `error`, or by what led to it, is worth another try as a whole. */
export function isRetryable(error: unknown): boolean {
  if (RETRYABLE.has(sqlStateOf(error) ?? '')) return true;
  return error instanceof Error && error.cause instanceof Error && isRetryable(error.cause);
}

/** The SQLSTATE of what the server said; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The error of a connection to `address` (described) that could not be made, by `cause`. */
export function connectError(address: string, cause: unknown): errors.RodentError {
  if (errors.isRodentError(cause)) return cause;
  const isAway = isUnavailable(cause) || !isRefusal(cause);
  return new errors.RodentError(
    `Cannot connect to the database "${address}": ${reasonOf(cause)}.`,
    {
      code: isAway ? 'DATABASE_UNAVAILABLE' : 'DATABASE_REFUSED',
      contextData: { address, ...stateData(cause) },
      cause,
    },
  );
}

/** `error` of a statement, as its caller sees it: itself, or that the database went. */
export function statementError(address: string, error: unknown): unknown {
  if (errors.isRodentError(error) || !isUnavailable(error)) return error;
  return new errors.RodentError(
    `Lost the connection to the database "${address}": ${reasonOf(error)}.`,
    {
      code: 'DATABASE_UNAVAILABLE',
      contextData: { address, ...stateData(error) },
      cause: error,
    },
  );
}

/** The server answers and says no, or what it shows is not what we trust. */
function isRefusal(error: unknown): boolean {
  if (sqlStateOf(error) !== undefined) return true;
  if (!(error instanceof Error)) return false;
  if (error.message === NO_TLS || error.message.startsWith('SASL')) return true;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    /CERT|SSL|TLS|SIGNED|ISSUER/u.test(error.code)
  );
}

function reasonOf(error: unknown): string {
  const state = sqlStateOf(error);
  if (state === '53300') return 'the server has no connection left';
  if (errors.hasCode(error, 'ENOENT')) return 'there is no socket, so no server runs there';
  if (errors.hasCode(error, 'ECONNREFUSED')) return 'no server listens there';
  if (errors.hasCode(error, 'ENOTFOUND')) return 'nobody knows its host name';
  // An attempt on several addresses ends with an error without a message of its own.
  if (error instanceof AggregateError) return 'it cannot be reached';
  const text = errors.describe(error);
  return (AWAY_IN_WORDS.get(text) ?? text).replace(/\.$/u, '');
}

function stateData(error: unknown): Readonly<Record<string, unknown>> {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined ? {} : { sqlState };
}
