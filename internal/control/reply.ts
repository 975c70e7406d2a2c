/** What comes back: one JSON document, or lines of progress and a last one that decides. */

import type http from 'node:http';

import * as errors from '../errors/index.js';

/** A service that sends more is none of ours. */
const LIMIT_CHARS = 16_777_216;

/**
 * Returns the body, or the result of the last line.
 *
 * @throws RodentError the one that the answer carries; UNHEALTHY when the answer is none.
 */
export async function read(
  response: http.IncomingMessage,
  onProgress: ((value: unknown) => void) | undefined,
): Promise<unknown> {
  const isLines = response.headers['content-type']?.includes('ndjson') === true;
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LIMIT_CHARS) throw broken();
    if (isLines) text = tell(text, onProgress);
  }
  const last = parse(text);
  const isError = isLines ? hasMember(last, 'error') : (response.statusCode ?? 500) >= 400;
  if (isError) throw toError(member(last, 'error'));
  return isLines ? member(last, 'result') : last;
}

/** Hands the progress of complete lines on; what remains is incomplete, or the line that decides. */
function tell(text: string, onProgress: ((value: unknown) => void) | undefined): string {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (index === lines.length - 1) return line;
    const value = parse(line);
    if (!hasMember(value, 'progress')) return line;
    onProgress?.(member(value, 'progress'));
  }
  return '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken(cause);
  }
}

function hasMember(value: unknown, key: string): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function member(value: unknown, key: string): unknown {
  return hasMember(value, key) ? Reflect.get(value, key) : undefined;
}

function toError(value: unknown): errors.RodentError {
  if (!hasMember(value, 'code') || !hasMember(value, 'detail')) return broken();
  const code = String(member(value, 'code'));
  const detail = String(member(value, 'detail'));
  // A newer service may know more codes than this command.
  return new errors.RodentError(detail, { code: errors.isCode(code) ? code : 'INTERNAL' });
}

function broken(cause?: unknown): errors.RodentError {
  const detail = 'The service answered something that is not its own format.';
  return new errors.RodentError(detail, { code: 'UNHEALTHY', cause });
}
