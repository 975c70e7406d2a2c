/** The asking side of the control socket. */

import fs from 'node:fs';
import http from 'node:http';

import * as errors from '../errors/index.js';
import * as replies from './reply.js';

export interface CallOptions {
  /** Sent as JSON; default: no body. */
  readonly body?: unknown;
  /** How long nothing may be heard, neither a step nor the answer; default 10,000. */
  readonly timeoutMs?: number;
  /** Gives the question up. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each step of a route that answers in lines; default: nobody. */
  readonly onProgress?: (value: unknown) => void;
  /** A user whose socket is trusted beside our own and root's, e.g. the one a service was told to run as. */
  readonly trustedUid?: number | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks the service behind the socket at `file` and returns the body of its answer.
 *
 * @param route - method and path, with a query where wanted: `GET /status?verbose=1`.
 * @throws RodentError the service's own; NOT_RUNNING when nobody listens; FORBIDDEN when somebody else
 *   could have put the socket there; UNHEALTHY when it breaks off; DEADLINE_EXCEEDED; CANCELED.
 * @example
 * const status = await control.call(path, 'GET /status', { timeoutMs: 2000 });
 */
export async function call(
  file: string,
  route: string,
  options: CallOptions = {},
): Promise<unknown> {
  checkSocket(file, options.trustedUid);
  const { timeoutMs = TIMEOUT_MS, signal, onProgress } = options;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(late(route, timeoutMs)), timeoutMs);
  const cancel = (): void => limit.abort(canceled(route, signal?.reason));
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const response = await send(file, route, { body: options.body, signal: limit.signal });
    return await replies.read(response, (value) => {
      timer.refresh();
      onProgress?.(value);
    });
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : explain(error, { file, route });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

function send(
  socketPath: string,
  route: string,
  { body, signal }: { readonly body: unknown; readonly signal: AbortSignal },
): Promise<http.IncomingMessage> {
  const [method = 'GET', path = '/'] = route.split(' ', 2);
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    host: 'localhost',
  };
  return new Promise((resolve, reject) => {
    http
      .request({ socketPath, method, path, headers, signal, agent: false }, resolve)
      .once('error', reject)
      .end(text);
  });
}

/** Whoever can put a socket in our way can tell us anything: only our own and root's are asked. */
function checkSocket(file: string, trustedUid: number | undefined): void {
  const entry = statOf(file);
  if (entry === undefined) throw notRunning(file);
  if (!entry.isSocket()) throw untrusted(file, 'it is no socket');
  const trusted = [process.geteuid?.(), 0, trustedUid];
  if (!trusted.includes(entry.uid)) throw untrusted(file, `it belongs to user ${entry.uid}`);
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw untrusted(file, errors.describe(cause), cause);
  }
}

function untrusted(file: string, reason: string, cause?: unknown): errors.RodentError {
  const detail = `Cannot use the control socket "${file}": ${reason}.`;
  return new errors.RodentError(detail, { code: 'FORBIDDEN', cause });
}

function notRunning(file: string, cause?: unknown): errors.RodentError {
  const detail = `No service listens on the control socket "${file}".`;
  return new errors.RodentError(detail, { code: 'NOT_RUNNING', cause });
}

function late(route: string, timeoutMs: number): errors.RodentError {
  const detail = `The service did not answer "${route}" within ${timeoutMs / 1000} s.`;
  return new errors.RodentError(detail, { code: 'DEADLINE_EXCEEDED' });
}

function canceled(route: string, cause: unknown): errors.RodentError {
  return new errors.RodentError(`"${route}" was given up.`, { code: 'CANCELED', cause });
}

function explain(
  error: unknown,
  { file, route }: { readonly file: string; readonly route: string },
): errors.RodentError {
  if (errors.isRodentError(error)) return error;
  if (errors.hasCode(error, 'ENOENT') || errors.hasCode(error, 'ECONNREFUSED'))
    return notRunning(file, error);
  if (errors.hasCode(error, 'EACCES')) return untrusted(file, errors.describe(error), error);
  return new errors.RodentError(`The service broke off its answer to "${route}".`, {
    code: 'UNHEALTHY',
    cause: error,
  });
}
