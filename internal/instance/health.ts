/** Asking the running service over HTTP whether it is healthy, as a load balancer would. */

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import * as errors from '../errors/index.js';

export interface Health {
  readonly url: string;
  readonly status: number;
  /** The body of the answer, JSON where it is JSON. */
  readonly body: unknown;
}

/** Source: R-ROD-41. */
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 3;
const PAUSE_MS = 2_000;

/**
 * Returns the answer of `url` when its status is 2xx; tries three times, two seconds apart.
 *
 * @throws RodentError UNHEALTHY with what the last attempt met.
 */
export async function health(url: string): Promise<Health> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await get(url).catch((error: unknown) => errors.from(error));
    if (!(outcome instanceof Error) && outcome.status >= 200 && outcome.status < 300)
      return outcome;
    if (attempt === ATTEMPTS) throw unhealthy(url, outcome);
    await sleep(PAUSE_MS);
  }
}

function unhealthy(url: string, outcome: Health | Error): errors.RodentError {
  const why =
    outcome instanceof Error
      ? `it does not answer (${errors.describe(outcome).replace(/\.$/, '')})`
      : `it answers ${outcome.status}`;
  return new errors.RodentError(`The service is unhealthy: at ${url} ${why}.`, {
    code: 'UNHEALTHY',
    contextData: { url, outcome },
    cause: outcome instanceof Error ? outcome : undefined,
  });
}

async function get(url: string): Promise<Health> {
  const { request } = url.startsWith('https:') ? await import('node:https') : http;
  return new Promise((resolve, reject) => {
    // Our own service on our own host: the certificate names its public name, not this address.
    const options = { timeout: TIMEOUT_MS, rejectUnauthorized: false, agent: false };
    const req = request(url, options, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('end', () => resolve({ url, status: res.statusCode ?? 0, body: parse(text) }));
      res.on('error', reject);
    });
    req.on('timeout', () => req.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    req.on('error', reject);
    req.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: an application may answer its own probe in plain text.
    return text.trim();
  }
}
