/** A small real life for servers under test, ended with the test. */

import { onTestFinished } from 'vitest';

import * as context from '../../context/index.js';
import * as http from '../index.js';

export interface TestLife extends http.Life {
  phase: string;
  readonly ctx: context.CancelContext;
  readonly drains: ((ctx: context.Context) => Promise<void>)[];
  readonly hooks: (() => void | Promise<void>)[];
  readonly pending: (() => readonly string[])[];
}

/** Puts back what node-server replaces for speed: other tests of this process count on Node's own. */
function restoreGlobals(): void {
  const { Request, Response } = globalThis;
  onTestFinished(() => {
    Object.defineProperty(globalThis, 'Request', { value: Request });
    Object.defineProperty(globalThis, 'Response', { value: Response });
  });
}

/** Returns a life in phase ready; its hooks run when the test ends. */
export function createLife(): TestLife {
  restoreGlobals();
  const life: TestLife = {
    ctx: context.withCancel(context.background()),
    phase: 'ready',
    drains: [],
    hooks: [],
    pending: [],
    registerDrain: (_name, fn) => add(life.drains, fn),
    registerShutdownHook: (_name, fn) => add(life.hooks, fn),
    registerPending: (_name, fn) => add(life.pending, fn),
  };
  onTestFinished(async () => {
    life.ctx.cancel();
    for (const hook of life.hooks) await hook();
  });
  return life;
}

function add<T>(list: T[], item: T): () => void {
  list.push(item);
  return () => void list.splice(list.indexOf(item), 1);
}

export interface Served {
  readonly life: TestLife;
  readonly server: http.Server;
  readonly listener: http.Listener;
  readonly url: string;
  readonly port: number;
  readonly records: http.RequestRecord[];
  readonly faults: { readonly error: unknown; readonly info: http.ErrorInfo }[];
}

/** Serves `handler` on a free port of 127.0.0.1 and collects what the server tells. */
export async function serve(
  handler: http.Handler,
  options: Partial<http.OpenOptions> = {},
): Promise<Served> {
  const life = createLife();
  const listener = options.listener ?? (await http.listen({ host: '127.0.0.1', port: 0 }));
  const records: http.RequestRecord[] = [];
  const faults: Served['faults'][number][] = [];
  const server = await http.open(life, {
    listener,
    handler,
    onRequest: (record) => records.push(record),
    onError: (error, info) => faults.push({ error, info }),
    ...options,
  });
  return { life, server, listener, url: server.url, port: listener.port, records, faults };
}
