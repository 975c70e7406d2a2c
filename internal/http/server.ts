/** The HTTP server as an engine of a service: opened on a socket, drained, closed. */

import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import type { DrainOptions, DrainReport } from './drain.js';
import { Engine } from './engine.js';
import type { Check } from './health.js';
import type { Limits } from './limits.js';
import type { Life, OpenOptions } from './options.js';
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
  /** Changes limits for what comes from now on; a `headerBytes` counts for new connections. */
  setLimits(limits: Partial<Limits>): void;
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

/**
 * Serves `options.handler` on `options.listener`; resolves when connections are accepted.
 *
 * @throws RodentError ADDRESS_IN_USE when another process began to listen meanwhile; FILE and
 * CONFIG_INVALID for the files of TLS.
 */
export async function open(life: Life, options: OpenOptions): Promise<Server> {
  const engine = new Engine(life, options);
  await engine.start();
  life.registerDrain('http', (ctx) => drainOrFail(engine, ctx));
  life.registerPending('http', () => engine.inFlight().map(describe));
  life.registerShutdownHook('http', () => engine.close());
  return engine;
}

/** A stop that had to cut requests is not a clean one. */
async function drainOrFail(engine: Engine, ctx: context.Context): Promise<void> {
  const { cut } = await engine.drain(ctx);
  if (cut.length === 0) return;
  throw new errors.RodentError(
    `The time to drain was over: ${cut.length} cut (${cut.map(describe).join(', ')}).`,
    { code: 'SHUTDOWN_FAILED', contextData: { cut } },
  );
}

function describe({ method, path, ageMs, kind }: InFlight): string {
  const what = kind === 'request' ? '' : `${kind} `;
  return `${what}${method} ${path} (${(ageMs / 1_000).toFixed(1)} s)`;
}
