/** Answers: one JSON document, or lines of JSON for as long as something happens. */

import type http from 'node:http';

import * as errors from '../errors/index.js';

/** How an error looks on the wire. */
export interface ErrorBody {
  readonly error: { readonly code: errors.Code; readonly detail: string };
}

/** A client that does not read for this long has stalled. */
const STALL_MS = 10_000;

/** Sends what a route returned. */
export async function send(response: http.ServerResponse, result: unknown): Promise<void> {
  if (isGenerator(result)) return await sendLines(response, result);
  const value: unknown = result === undefined ? {} : result;
  return sendDocument(response, 200, value);
}

/** Sends `error` under the status of its code. */
export function sendError(response: http.ServerResponse, error: unknown): void {
  const body = toBody(error);
  sendDocument(response, errors.httpStatus(body.error.code), body);
}

function sendDocument(response: http.ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.setTimeout(STALL_MS, () => response.destroy());
  response.end(text);
}

async function sendLines(
  response: http.ServerResponse,
  steps: AsyncIterator<unknown>,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
  response.flushHeaders();
  try {
    let step = await steps.next();
    while (step.done !== true && !response.destroyed) {
      await writeLine(response, { progress: step.value ?? null });
      step = await steps.next();
    }
    if (step.done === true) await writeLine(response, { result: step.value ?? null });
    else await steps.return?.();
  } catch (error) {
    await writeLine(response, toBody(error));
  }
  response.setTimeout(STALL_MS, () => response.destroy());
  response.end();
}

/** Resolves when the line is in the kernel's hands, or the client in nobody's. */
function writeLine(response: http.ServerResponse, value: unknown): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      response.destroy();
      resolve();
    }, STALL_MS);
    response.write(`${JSON.stringify(value)}\n`, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A route returns a generator, never a bare iterable: a generator has an end and a value. */
function isGenerator(value: unknown): value is AsyncGenerator {
  return value instanceof Object && Symbol.asyncIterator in value && 'next' in value;
}

function toBody(error: unknown): ErrorBody {
  const code = errors.isRodentError(error) ? error.code : 'INTERNAL';
  return { error: { code, detail: errors.describe(error) } };
}
