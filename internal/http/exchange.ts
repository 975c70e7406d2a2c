/**
 * One request and its answer, from the first header to the last byte.
 *
 * The class extends Node's own ServerResponse, so that what every answer needs (the request id,
 * `Connection: close` while draining, counting, refusing) happens wherever the answer comes from: the
 * handler's Response, a handler that writes to `env.outgoing`, or Node itself. It costs no listener and
 * no promise per request.
 */

import http from 'node:http';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { EndKind, RequestEnd } from './cause.js';
import type { Connection } from './connections.js';
import type { Limits } from './limits.js';
import { lingerOnClose } from './linger.js';
import * as nodeServer from './node-server.js';
import type { AbortedBy, ErrorInfo } from './record.js';
import type { PublicError } from './reply.js';
import { REFUSALS, render, toPublic } from './reply.js';

/** Bytes of a refused body that are read and thrown away before the connection is cut. */
const DISCARD_BYTES = 16 * 1024 * 1024;

type Headers = http.OutgoingHttpHeaders | http.OutgoingHttpHeader[];

/** What an exchange needs of its server. */
export interface Host {
  readonly root: context.Context;
  readonly ends: Readonly<Record<EndKind, RequestEnd>>;
  readonly limits: Limits;
  readonly isDraining: boolean;
  bodyBytes(method: string, path: string): number;
  /** Takes note of an error that a handler threw. */
  report(error: unknown, info: ErrorInfo): void;
  /** Is told of answers that begin while it drains. */
  answering(exchange: Exchange): void;
  /** Is told when the exchange is over. */
  closed(exchange: Exchange): void;
}

/** A stream that can be asked to end between two chunks. */
export interface Pump {
  stop(): void;
}

/** A request whose body is counted as it arrives. */
export class Incoming extends http.IncomingMessage {
  exchange: Exchange | undefined = undefined;
  #bytes = 0;

  /** Node's parser hands each piece of the body to this method. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (!Buffer.isBuffer(chunk) || this.exchange === undefined) return super.push(chunk, encoding);
    this.#bytes += chunk.length;
    return this.exchange.admits(this.#bytes) ? super.push(chunk, encoding) : true;
  }
}

export class Exchange extends http.ServerResponse<Incoming> {
  host: Host | undefined = undefined;
  peer: Connection | undefined = undefined;
  requestId = '';
  startedMs = 0;
  bytesOut = 0;
  aborted: AbortedBy | undefined = undefined;
  /** The web Request, once the handler has been called. */
  request: Request | undefined = undefined;
  pump: Pump | undefined = undefined;
  #isOverruled = false;
  #bodyLimit = -1;
  #isSettled = false;
  #sent: readonly http.OutgoingHttpHeader[] = [];
  #ctx: context.CancelContext | undefined = undefined;

  begin(host: Host, requestId: string, connection: Connection | undefined): void {
    this.host = host;
    this.requestId = requestId;
    this.peer = connection;
    this.startedMs = clock.monotonicMs();
    this.req.exchange = this;
    this.on('close', handleClose);
  }

  get ageMs(): number {
    return clock.monotonicMs() - this.startedMs;
  }

  get method(): string {
    return this.req.method ?? 'GET';
  }

  /** The target without its query. */
  get path(): string {
    const url = this.req.url ?? '';
    const mark = url.indexOf('?');
    return mark === -1 ? url : url.slice(0, mark);
  }

  get query(): string {
    const url = this.req.url ?? '';
    const mark = url.indexOf('?');
    return mark === -1 ? '' : url.slice(mark + 1);
  }

  /** The server gave its own answer; what the handler still says is dropped. */
  get isOverruled(): boolean {
    return this.#isOverruled;
  }

  /** Made for whoever asks; cancelled when the request is over, whatever ends it. */
  get ctx(): context.Context {
    if (this.#ctx !== undefined) return this.#ctx;
    this.#ctx = context.withCancel(this.host?.root ?? context.background());
    if (this.destroyed || this.writableFinished) this.#ctx.cancel(this.#end());
    return this.#ctx;
  }

  /** Cancels the context without ending the answer. */
  cancel(kind: EndKind): void {
    if (this.host !== undefined) this.#ctx?.cancel(this.host.ends[kind]);
  }

  /** Tells the handler of a stream that the server drains. */
  ask(): void {
    const end = this.host?.ends.draining;
    this.#ctx?.cancel(end);
    if (end !== undefined && this.request !== undefined) nodeServer.abort(this.request, end);
  }

  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    if (this.#isOverruled) return this;
    const given = typeof reason === 'string' ? headers : reason;
    try {
      if (typeof reason === 'string') super.writeHead(status, reason, this.#complete(given));
      else super.writeHead(status, this.#complete(given));
      if (this.host?.isDraining === true) this.host.answering(this);
    } catch (error) {
      // A header or status that HTTP forbids is the handler's fault, and no reason to end the process.
      if (this.headersSent) throw error;
      this.fail(error);
    }
    return this;
  }

  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    if (this.#isOverruled) return true;
    this.bytesOut += sizeOf(chunk);
    return super.write(chunk, encoding as BufferEncoding, callback as () => void);
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    if (this.#isOverruled) return this;
    this.bytesOut += sizeOf(chunk);
    return super.end(chunk, encoding as BufferEncoding, callback as () => void);
  }

  /** Answers with `error` in place of the handler, if no answer has begun; says whether it did. */
  refuse(error: PublicError, options: { readonly closes: boolean }): boolean {
    if (this.headersSent || this.#isOverruled || this.destroyed) return false;
    this.#isOverruled = true;
    for (const name of this.getHeaderNames()) this.removeHeader(name);
    const [type, body] = render(error, this.requestId, this.req.headers.accept);
    const headers = this.#complete({
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
    });
    if (options.closes && this.host?.isDraining !== true) headers.push('Connection', 'close');
    this.statusMessage = '';
    super.writeHead(error.status, headers);
    if (this.method !== 'HEAD') this.bytesOut += Buffer.byteLength(body);
    super.end(body);
    return true;
  }

  /** The handler threw `error`: a generic answer, one report, and the process goes on. */
  fail(error: unknown): void {
    if (this.#isOverruled || (this.destroyed && isCancellation(error, this.request))) return;
    const answer = this.#report(error);
    if (this.refuse(answer, { closes: false }) || this.writableEnded) return;
    this.aborted ??= 'fault';
    this.destroy();
  }

  /** As {@link fail}, but leaves the sending of the answer to the caller. */
  recover(error: unknown): Response {
    const answer = this.#report(error);
    const [type, body] = render(answer, this.requestId, this.req.headers.accept);
    return new Response(body, { status: answer.status, headers: { 'content-type': type } });
  }

  #report(error: unknown): PublicError {
    const answer = toPublic(error);
    const { requestId, method, path } = this;
    this.host?.report(error, { requestId, method, path, status: answer.status });
    return answer;
  }

  /** The body is larger than the limit: 413, and the rest of it is not read. */
  refuseBody(): void {
    if (this.#isOverruled) return;
    if (this.socket !== null) lingerOnClose(this.socket);
    if (this.refuse(REFUSALS.tooLarge, { closes: true }) || this.writableEnded) return;
    this.aborted ??= 'fault';
    this.destroy();
  }

  /** Whether a body of `bytes` so far may go on; refuses the request where it may not. */
  admits(bytes: number): boolean {
    if (this.#bodyLimit === -1) {
      this.#bodyLimit = this.host?.bodyBytes(this.method, this.path) ?? 0;
    }
    if (this.#bodyLimit === 0 || bytes <= this.#bodyLimit) return !this.#isOverruled;
    this.refuseBody();
    if (bytes > this.#bodyLimit + DISCARD_BYTES) this.socket?.destroy();
    return false;
  }

  /** Whether its answer is an event stream, which has no end of its own. */
  get isStream(): boolean {
    const type =
      this.#sent[valueIndex(this.#sent, 'content-type')] ?? this.getHeader('content-type');
    return this.headersSent && typeof type === 'string' && /^text\/event-stream/i.test(type);
  }

  /** Ends an unfinished answer properly: the last chunk, then nothing. */
  stop(): void {
    if (this.pump === undefined) this.end();
    else this.pump.stop();
  }

  /** Cuts the connection; the context's cause and the record say that the drain did it. */
  cut(): void {
    this.aborted ??= 'drain';
    this.destroy();
  }

  #end(): RequestEnd | undefined {
    const ends = this.host?.ends;
    if (this.aborted === 'drain') return ends?.cut;
    return this.writableFinished ? ends?.answered : ends?.['client-gone'];
  }

  /**
   * Adds what every answer carries. The result is a flat list of names and values: Node takes it as
   * it is, and it costs a fifth of a copied object. `given` may be the handler's own, so it is copied.
   */
  #complete(given: Headers | undefined): http.OutgoingHttpHeader[] {
    const closes = this.host?.isDraining === true;
    const list = Array.isArray(given) ? flatten(given) : toList(given);
    list.push('X-Request-Id', this.requestId);
    if (closes) {
      this.removeHeader('connection');
      removeFrom(list, 'connection');
      list.push('Connection', 'close');
    }
    this.#sent = list;
    return list;
  }

  /** Called by the listener below, when the answer is out or the connection is gone. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.writableFinished) this.aborted ??= 'client';
    this.#ctx?.cancel(this.#end());
    this.host?.closed(this);
  }
}

function handleClose(this: Exchange): void {
  this.settle();
}

function toList(headers: http.OutgoingHttpHeaders | undefined): http.OutgoingHttpHeader[] {
  const list: http.OutgoingHttpHeader[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !isRequestId(name)) list.push(name, value);
  }
  return list;
}

/** Node also takes a list of pairs. */
function flatten(list: readonly http.OutgoingHttpHeader[]): http.OutgoingHttpHeader[] {
  return Array.isArray(list[0]) ? list.flat() : [...list];
}

/** The id in the answer is the one in the log, whatever the application calls the request. */
function isRequestId(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === 'x-request-id';
}

/** Where the value of `name` (lower case) stands in a flat list, or -1. */
function valueIndex(list: readonly http.OutgoingHttpHeader[], name: string): number {
  for (let index = 0; index + 1 < list.length; index += 2) {
    if (String(list[index]).toLowerCase() === name) return index + 1;
  }
  return -1;
}

function removeFrom(list: http.OutgoingHttpHeader[], name: string): void {
  const index = valueIndex(list, name);
  if (index !== -1) list.splice(index - 1, 2);
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

/** What a handler throws because its client has gone is no fault of its own. */
function isCancellation(error: unknown, request: Request | undefined): boolean {
  if (errors.hasCode(error, 'CANCELED') || errors.hasCode(error, 'ECONNRESET')) return true;
  if (error instanceof Error && error.name === 'AbortError') return true;
  return request?.signal.aborted === true && error === request.signal.reason;
}
