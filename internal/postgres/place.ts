/** Where a call came from, for people. */

import { fileURLToPath } from 'node:url';

/** A stack that V8 renders when it is first read: nobody pays for the place of what ends in time. */
export interface Trace {
  readonly stack?: unknown;
}

/** Returns where the function that calls this was called from. */
export function traceOf(): Trace {
  const trace: Trace = {};
  Error.captureStackTrace(trace, traceOf);
  return trace;
}

/** A stack's lines: the error, our caller, and who called that. */
const PLACE_LINE = 2;

/** Returns the file and line, `/srv/app.mjs:12`; a program may have cut or replaced stacks. */
export function placeOf({ stack }: Trace): string {
  const frame = typeof stack === 'string' ? stack.split('\n')[PLACE_LINE] : undefined;
  const match = /\(?((?:file:\/\/)?[^\s(]+):(\d+):\d+\)?$/u.exec(frame ?? '');
  if (match === null) return 'unknown place';
  const [, file = '', line = ''] = match;
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}`;
}
