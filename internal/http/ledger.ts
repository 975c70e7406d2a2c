/** Counting what is over, and telling of it. */

import type { Exchange } from './exchange.js';
import type { OpenOptions } from './options.js';
import type { AbortedBy, ErrorInfo, RequestRecord } from './record.js';
import type { Session } from './session.js';

/** What exchange and session have in common when they are over. */
interface Over {
  readonly requestId: string;
  readonly method: string;
  readonly ageMs: number;
  readonly aborted: AbortedBy | undefined;
}

interface Seen {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly target: string;
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
    const { headers, url } = exchange.req;
    this.#add(exchange, isUnanswered ? 499 : exchange.statusCode, exchange.bytesOut, {
      headers,
      target: url ?? '',
      ip,
    });
  }

  session(session: Session, status: number, ip: string): void {
    const { headers, url } = session.incoming;
    this.#add(session, status, 0, { headers, target: url ?? '', ip });
  }

  report(error: unknown, info: ErrorInfo): void {
    this.#onError?.(error, info);
  }

  #add(over: Over, status: number, bytesOut: number, seen: Seen): void {
    this.requests += 1;
    this.bytesOut += bytesOut;
    if (status >= 500) this.failed += 1;
    if (over.aborted !== undefined) this.aborted += 1;
    if (this.#onRequest === undefined) return;
    const record = toRecord(over, status, bytesOut, seen);
    try {
      this.#onRequest(record);
    } catch (error) {
      // Whoever listens must not end the process in the middle of somebody's answer.
      const { requestId, method, path } = record;
      this.report(error, { requestId, method, path, status });
    }
  }
}

function toRecord(over: Over, status: number, bytesOut: number, seen: Seen): RequestRecord {
  const { target, headers, ip } = seen;
  const mark = target.indexOf('?');
  const record = {
    requestId: over.requestId,
    method: over.method,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    status,
    durationMs: Math.round(over.ageMs * 1_000) / 1_000,
    bytesOut,
    ip,
    userAgent: text(headers['user-agent']),
    forwardedFor: text(headers['x-forwarded-for']),
  };
  return over.aborted === undefined ? record : { ...record, aborted: over.aborted };
}

function text(value: string | string[] | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.join(', ');
}
