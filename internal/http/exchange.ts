/**
 * One request and its answer, from the first header to the last byte.
 *
 * It is Node's own ServerResponse, so that what every answer needs (the request id, `Connection: close`
 * while draining, counting, refusing) happens wherever the answer comes from.
 */

import http from 'node:http';

import * as clock from '../clock/index.js';
import * as context from '../context/index.js';
import { isCancellation } from './cause.js';
import type { EndKind, RequestEnd } from './cause.js';
import type { Connection } from './connections.js';
import * as headers from './headers.js';
import type { Pump, Surroundings } from './host.js';
import type { Incoming } from './incoming.js';
import { lingerOnClose } from './linger.js';
import * as nodeServer from './node-server.js';
import type { Link } from './queue.js';
import type { AbortedBy } from './record.js';
import { REFUSALS, render, toPublic } from './reply.js';
import type { PublicError } from './reply.js';
import { sizeOf } from './size.js';
import { pathOf } from './target.js';

/** Bytes of a refused body that are read and thrown away before the connection is cut. */
const DISCARD_BYTES = 16 * 1024 * 1024;

export class Exchange extends http.ServerResponse<Incoming> implements Link<Exchange> {
  previous: Exchange | undefined = undefined;
  next: Exchange | undefined = undefined;
  isQueued = false;
  isRunning = false;
  host: Surroundings<Exchange> | undefined = undefined;
  peer: Connection | undefined = undefined;
  requestId = '';
  startedMs = 0;
  bytesOut = 0;
  aborted: AbortedBy | undefined = undefined;
  /** The web Request, once the handler has been called. */
  request: Request | undefined = undefined;
  pump: Pump | undefined = undefined;
  #isAnswered = false;
  #bodyLimit = -1;
  #isSettled = false;
  #sent: headers.List | undefined = undefined;
  #ctx: context.CancelContext | undefined = undefined;

  begin(host: Surroundings<Exchange>, requestId: string, connection: Connection | undefined): void {
    this.host = host;
    this.requestId = requestId;
    this.peer = connection;
    this.startedMs = clock.monotonicMs();
    this.req.meter = this;
    this.on('close', handleClose);
  }

  get ageMs(): number {
    return clock.monotonicMs() - this.startedMs;
  }

  get method(): string {
    return this.req.method ?? 'GET';
  }

  get path(): string {
    return pathOf(this.req.url);
  }

  /** The whole answer is given; what is still said is dropped. */
  get isAnswered(): boolean {
    return this.#isAnswered;
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
    this.#ctx?.cancel(this.host?.ends[kind]);
  }

  /** Tells the handler of a stream that the server drains. */
  ask(): void {
    this.cancel('draining');
    const end = this.host?.ends.draining;
    if (end !== undefined && this.request !== undefined) nodeServer.abort(this.request, end);
  }

  override writeHead(status: number, reason?: string | headers.Given, given?: headers.Given): this {
    if (this.#isAnswered) return this;
    const isReason = typeof reason === 'string';
    this.#head(status, isReason ? reason : undefined, headers.toList(isReason ? given : reason));
    return this;
  }

  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    if (this.#isAnswered) return true;
    this.bytesOut += sizeOf(chunk);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- passed on as they came
    return super.write(chunk, encoding as BufferEncoding, callback as () => void);
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    if (this.#isAnswered) return this;
    this.bytesOut += sizeOf(chunk);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- passed on as they came
    return super.end(chunk, encoding as BufferEncoding, callback as () => void);
  }

  /** Sends a whole answer, in one step and without a promise; what is said later is dropped. */
  send(
    status: number,
    given: http.OutgoingHttpHeaders | undefined,
    body: string | Uint8Array,
  ): void {
    if (this.#isAnswered) return;
    const bytes = sizeOf(body);
    const list = headers.toWholeList(given, bytes);
    this.#head(status, undefined, list);
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (this.method !== 'HEAD') this.bytesOut = bytes;
    super.end(body);
  }

  /** Writes the headers; some that HTTP forbids are the handler's fault, and no end of the process. */
  #head(status: number, reason: string | undefined, list: headers.List): void {
    const isLate = this.headersSent;
    try {
      if (reason === undefined) super.writeHead(status, this.#complete(list));
      else super.writeHead(status, reason, this.#complete(list));
    } catch (error) {
      if (isLate) throw error;
      this.fail(error);
    }
    if (this.host?.isDraining === true) this.host.answering(this);
  }

  /** Answers with `error` in the handler's place, if no answer has begun; says whether it did. */
  refuse(error: PublicError, options: { readonly closes: boolean }): boolean {
    if (this.headersSent || this.#isAnswered || this.destroyed) return false;
    this.#isAnswered = true;
    for (const name of this.getHeaderNames()) this.removeHeader(name);
    const [type, body] = render(error, this.requestId, this.req.headers.accept);
    const list = this.#complete(['Content-Type', type, 'Content-Length', Buffer.byteLength(body)]);
    if (options.closes && this.host?.isDraining !== true) list.push('Connection', 'close');
    this.statusMessage = '';
    super.writeHead(error.status, list);
    if (this.method !== 'HEAD') this.bytesOut += Buffer.byteLength(body);
    super.end(body);
    return true;
  }

  /** The handler threw `error`: a generic answer, one report, and the process goes on. */
  fail(error: unknown): void {
    if (this.#isAnswered || (this.destroyed && isCancellation(error, this.request?.signal))) return;
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
    if (this.#isAnswered) return;
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
    if (this.#bodyLimit === 0 || bytes <= this.#bodyLimit) return !this.#isAnswered;
    this.refuseBody();
    if (bytes > this.#bodyLimit + DISCARD_BYTES) this.socket?.destroy();
    return false;
  }

  /** Whether its answer is an event stream, which has no end of its own. */
  get isStream(): boolean {
    const type = headers.find(this.#sent ?? [], 'content-type') ?? this.getHeader('content-type');
    return this.headersSent && typeof type === 'string' && /^text\/event-stream/i.test(type);
  }

  /** Ends an unfinished answer properly: the last chunk, then nothing. */
  stop(): void {
    if (this.pump === undefined) this.end();
    else this.pump.stop();
  }

  /** Cuts the connection; cause and record say that the drain did it. */
  cut(): void {
    this.aborted ??= 'drain';
    this.destroy();
  }

  #end(): RequestEnd | undefined {
    const kind = this.writableFinished ? 'answered' : 'client-gone';
    return this.host?.ends[this.aborted === 'drain' ? 'cut' : kind];
  }

  /** Adds what every answer carries. */
  #complete(list: headers.List): headers.List {
    list.push('X-Request-Id', this.requestId);
    if (this.host?.isDraining === true) {
      this.removeHeader('connection');
      headers.remove(list, 'connection');
      list.push('Connection', 'close');
    }
    this.#sent = list;
    return list;
  }

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
