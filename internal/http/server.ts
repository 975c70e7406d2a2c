/** The HTTP server as an engine of a service: opened on a socket, drained, closed. */

import type * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import { Engine } from './engine.js';
import type { Life, OpenOptions } from './options.js';
import type { InFlight } from './record.js';
import type { Server } from './serving.js';

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
