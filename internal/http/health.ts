/** Whether the process lives, and whether it wants traffic. */

import type { Exchange } from './exchange.js';

/** Answers within its time or throws; the reason stays inside, only its name is shown. */
export type Check = (signal: AbortSignal) => unknown;

export interface HealthOptions {
  /** Where liveness is answered; '' = off. Default: '/health'. */
  readonly livePath?: string;
  /** Where readiness is answered; '' = off. Default: '/ready'. */
  readonly readyPath?: string;
  /** What readiness depends on, by name; default: nothing. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** Time that each check may take, in milliseconds. Default: 2 000. */
  readonly checkMs?: number;
}

/** The words of a check in the answer. */
export type Verdict = 'ok' | 'failed' | 'timeout';

/** What readiness reads: of the lifecycle, and of the server. */
export interface Readiness {
  readonly phase: string;
  readonly isDraining: boolean;
  /** Whether it drains because another process serves in its place: the service itself is ready. */
  readonly isReplaced: boolean;
}

/**
 * Answers the two paths in front of the application, so also when that is broken.
 *
 * Live (200) says that the process serves, also while it drains: a supervisor that restarts on a
 * failing liveness probe must not cut a drain. Ready says that new traffic is welcome: 200 when the
 * service is ready (a reload does not make it unready) and every check passes, else 503.
 *
 * Source: seed 004 (R-ROD-33), W-ROD-15; design section 2, "readiness fails first".
 */
export class Health {
  readonly #live: string;
  readonly #ready: string;
  readonly #checks: Map<string, Check>;
  readonly #checkMs: number;
  #running: Promise<Record<string, Verdict>> | undefined;

  constructor(options: HealthOptions) {
    this.#live = options.livePath ?? '/health';
    this.#ready = options.readyPath ?? '/ready';
    this.#checks = new Map(Object.entries(options.checks ?? {}));
    this.#checkMs = options.checkMs ?? 2_000;
  }

  /** Adds a check; returns a function that takes it away. */
  register(name: string, check: Check): () => void {
    this.#checks.set(name, check);
    return () => {
      if (this.#checks.get(name) === check) this.#checks.delete(name);
    };
  }

  /** Whether `url` is one of the two paths, with or without a query. */
  matches(url: string, method: string): boolean {
    const isMatch = isPath(url, this.#live) || isPath(url, this.#ready);
    return isMatch && (method === 'GET' || method === 'HEAD');
  }

  async answer(exchange: Exchange, state: Readiness): Promise<void> {
    const { phase } = state;
    if (isPath(exchange.req.url ?? '', this.#live)) {
      reply(exchange, 200, { status: 'healthy', phase });
      return;
    }
    const isReady =
      state.isReplaced || (!state.isDraining && (phase === 'ready' || phase === 'reloading'));
    if (!isReady) {
      reply(exchange, 503, { status: 'unready', phase });
      return;
    }
    const checks = this.#checks.size === 0 ? undefined : await this.#run();
    const isSound = Object.values(checks ?? {}).every((verdict) => verdict === 'ok');
    reply(exchange, isSound ? 200 : 503, {
      status: isSound ? 'ready' : 'degraded',
      phase,
      ...(checks === undefined ? {} : { checks }),
    });
  }

  /** Probes that come while the checks run share their result. */
  #run(): Promise<Record<string, Verdict>> {
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runAll(): Promise<Record<string, Verdict>> {
    const verdicts = [...this.#checks].map(
      async ([name, check]) => [name, await judge(check, this.#checkMs)] as const,
    );
    return Object.fromEntries(await Promise.all(verdicts));
  }
}

async function judge(check: Check, limitMs: number): Promise<Verdict> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve('timeout');
    }, limitMs);
  });
  try {
    const done = (async (): Promise<Verdict> => {
      await check(controller.signal);
      return 'ok';
    })();
    return await Promise.race([done, late]);
  } catch {
    // The verdict is the answer; why a check fails may name hosts and users, and anyone may ask.
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}

function isPath(url: string, path: string): boolean {
  if (path === '') return false;
  return url === path || (url.charCodeAt(path.length) === 63 && url.startsWith(path));
}

function reply(exchange: Exchange, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  exchange.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  exchange.end(text);
}
