/** A worker asks its own application whether it is well, as a load balancer would. */

import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import * as errors from '../errors/index.js';

export interface ProbeOptions {
  /** Serves a connection. */
  readonly adopt: (socket: net.Socket) => void;
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row after which the verdict is told. Source: W-SUP-6. */
  readonly failures: number;
}

export class Probe {
  readonly #options: ProbeOptions;
  readonly #timer: NodeJS.Timeout;
  #failed = 0;
  #reason = '';
  #isAsking = false;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#ask(), options.intervalMs).unref();
  }

  /** Why the application is unwell; undefined while it is well, or has not failed often enough. */
  get verdict(): string | undefined {
    return this.#failed < this.#options.failures ? undefined : this.#reason;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    // One that outlives the interval ends by its own limit.
    if (this.#isAsking) return;
    this.#isAsking = true;
    const reason = await this.#fault();
    this.#isAsking = false;
    this.#failed = reason === undefined ? 0 : this.#failed + 1;
    this.#reason = reason ?? '';
  }

  async #fault(): Promise<string | undefined> {
    const { path: route, timeoutMs } = this.#options;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    try {
      const status = await this.#request(limit.signal);
      return status < 400 ? undefined : `${route} answers ${status}`;
    } catch (error) {
      return limit.signal.aborted
        ? `${route}: no answer within ${timeoutMs / 1_000} s`
        : `${route}: ${errors.describe(error).replace(/\.$/, '')}`;
    } finally {
      clearTimeout(timer);
    }
  }

  async #request(signal: AbortSignal): Promise<number> {
    const { adopt, path: route } = this.#options;
    const [ours, theirs] = await connectedPair(signal);
    adopt(theirs);
    const request = http.get({
      path: route,
      createConnection: () => ours,
      headers: { host: 'localhost', connection: 'close', 'user-agent': 'rodent-probe' },
      signal,
    });
    const [response] = await once(request, 'response');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the event carries
    const { statusCode } = (response as http.IncomingMessage).resume();
    return statusCode ?? 0;
  }
}

/**
 * Two ends of one connection. The service's own socket belongs to all workers, and none of them can be
 * chosen through it.
 *
 * @throws Error when there are no descriptors left, or `signal` ends it.
 */
async function connectedPair(signal: AbortSignal): Promise<readonly [net.Socket, net.Socket]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-probe-'));
  const server = net.createServer();
  const ours = new net.Socket();
  try {
    const file = path.join(folder, 's');
    server.listen(file);
    await once(server, 'listening', { signal });
    // Rejects as well when the socket fails, or the signal aborts, before anybody came.
    const connected = once(ours, 'connect', { signal });
    const accepted = once(server, 'connection', { signal });
    accepted.catch(() => undefined);
    ours.connect(file);
    await connected;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the event carries
    const [theirs] = (await accepted) as [net.Socket];
    return [ours, theirs];
  } catch (error) {
    ours.destroy();
    throw error;
  } finally {
    server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
