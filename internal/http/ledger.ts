/** Counting what is over, and telling of it. */

import type http from 'node:http';

import type { Exchange } from './exchange.js';
import type { OpenOptions } from './options.js';
import type { AbortedBy, ErrorInfo, RequestRecord } from './record.js';
import type { Session } from './session.js';
import { pathOf, queryOf } from './target.js';

/** What a record is made of. */
interface Over {
  readonly subject: {
    readonly requestId: string;
    readonly method: string;
    readonly ageMs: number;
    readonly aborted: AbortedBy | undefined;
  };
  readonly incoming: http.IncomingMessage;
  readonly status: number;
  readonly bytesOut: number;
  readonly ip: string;
}

export class Ledger {
  requests = 0;
  failed = 0;
  aborted = 0;
  malformed = 0;
  bytesOut = 0;
  readonly #onRequest: OpenOptions['onRequest'];
  readonly #onError: OpenOptions['onError'];

  constructor(options: Pick<OpenOptions, 'onRequest' | 'onError'>) {
    this.#onRequest = options.onRequest;
    this.#onError = options.onError;
  }

  exchange(exchange: Exchange, ip: string): void {
    const isUnanswered = exchange.aborted !== undefined && !exchange.headersSent;
    const { req: incoming, bytesOut } = exchange;
    const status = isUnanswered ? 499 : exchange.statusCode;
    this.#add({ subject: exchange, incoming, status, bytesOut, ip });
  }

  session(session: Session, status: number, ip: string): void {
    this.#add({ subject: session, incoming: session.incoming, status, bytesOut: 0, ip });
  }

  report(error: unknown, info: ErrorInfo): void {
    this.#onError?.(error, info);
  }

  #add(over: Over): void {
    const { status } = over;
    this.requests += 1;
    this.bytesOut += over.bytesOut;
    if (status >= 500) this.failed += 1;
    if (over.subject.aborted !== undefined) this.aborted += 1;
    if (this.#onRequest === undefined) return;
    const record = toRecord(over);
    try {
      this.#onRequest(record);
    } catch (error) {
      // Whoever listens must not end the process in the middle of somebody's answer.
      const { requestId, method, path } = record;
      this.report(error, { requestId, method, path, status });
    }
  }
}

function toRecord({ subject, incoming, status, bytesOut, ip }: Over): RequestRecord {
  const { url, headers } = incoming;
  const record = {
    requestId: subject.requestId,
    method: subject.method,
    path: pathOf(url),
    query: queryOf(url),
    status,
    durationMs: Math.round(subject.ageMs * 1_000) / 1_000,
    bytesOut,
    ip,
    userAgent: text(headers['user-agent']),
    forwardedFor: text(headers['x-forwarded-for']),
  };
  return subject.aborted === undefined ? record : { ...record, aborted: subject.aborted };
}

function text(value: string | string[] | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.join(', ');
}
