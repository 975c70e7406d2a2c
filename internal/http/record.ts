/** What is told of a request when it is over. */

/** One request, for an access log; times in milliseconds on the monotonic clock. */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Without the question mark; '' when there is none. */
  readonly query: string;
  /** 499 when the client went away before an answer began; 101 for an accepted WebSocket. */
  readonly status: number;
  readonly durationMs: number;
  /** Bytes of the body handed to the connection, before transfer coding. */
  readonly bytesOut: number;
  readonly ip: string;
  readonly userAgent: string;
  /** The header as it came: a claim, not a fact. '' when there is none. */
  readonly forwardedFor: string;
  /** The answer is not complete: the client left, the drain cut it, or the handler failed midway. */
  readonly aborted?: AbortedBy;
}

export type AbortedBy = 'client' | 'drain' | 'fault';

/** A request that is not over. */
export interface InFlight {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly ageMs: number;
  /** A stream is an event stream or a WebSocket: it has no end of its own. */
  readonly kind: 'request' | 'stream' | 'websocket';
}

/** What goes with an error that a handler threw. */
export interface ErrorInfo {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** What the client was answered, or would have been. */
  readonly status: number;
}
