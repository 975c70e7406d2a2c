/** What a server that was opened offers. */

import type net from 'node:net';

import type * as context from '../context/index.js';
import type { DrainOptions, DrainReport } from './drain.js';
import type { Check } from './health.js';
import type { Limits } from './limits.js';
import type { InFlight } from './record.js';

/** Counters since the start, and what is open now. */
export interface Stats {
  /** Requests that are over, health apart. */
  readonly requests: number;
  /** Of these: answered with a status of 500 or more. */
  readonly failed: number;
  /** Of these: without a complete answer. */
  readonly aborted: number;
  /** Connections whose bytes were no request. */
  readonly malformed: number;
  readonly bytesOut: number;
  /** Requests that are being handled. */
  readonly active: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  readonly webSockets: number;
  readonly connections: number;
}

export interface Server {
  /** `http://` or `https://`, host and port. */
  readonly url: string;
  readonly isDraining: boolean;
  stats(): Stats;
  /** The requests that are not over, the oldest first. */
  inFlight(): readonly InFlight[];
  /** The requests that were answered at their deadline and whose handlers have not returned yet. */
  overdue(): readonly InFlight[];
  /** Changes limits for what comes from now on; a `headerBytes` counts for new connections. */
  setLimits(limits: Partial<Limits>): void;
  /**
   * Serves a connection that came another way than through its own socket: `accepted` by another
   * process, or `plain` HTTP whether or not the server speaks TLS.
   */
  adopt(socket: net.Socket, how: 'accepted' | 'plain'): void;
  /** Makes readiness depend on `check`; returns a function that takes it away. */
  registerCheck(name: string, check: Check): () => void;
  /**
   * Leaves without dropping a request, within the time that `ctx` gives; later calls get the first
   * one's report.
   */
  drain(ctx: context.Context, options?: DrainOptions): Promise<DrainReport>;
  /** Ends everything at once. Idempotent. */
  close(): void;
}
