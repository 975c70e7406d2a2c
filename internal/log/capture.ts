/** What the application prints, led into the log's own streams. */

import { StringDecoder } from 'node:string_decoder';

import type { Log } from './log.js';

/** Puts the streams' own `write` back; safe to call twice. */
export type Undo = () => void;

/**
 * Leads `process.stdout.write` and `process.stderr.write` (hence console.*) of a detached service into
 * `log.app` and `log.appError`, line by line as written, so that rotation and reopening hold for them.
 *
 * What writes to descriptors 1 and 2 past these streams (native code, `fs.writeSync(1)`, children that
 * inherit them, the report of a fatal error) goes on into the file that the descriptors were opened
 * with, also after that file was renamed: Node cannot point them elsewhere.
 */
export function captureStdio(log: Log): Undo {
  const restoreOut = redirect(process.stdout, (text) => log.app(text));
  const restoreError = redirect(process.stderr, (text) => log.appError(text));
  return () => {
    restoreOut();
    restoreError();
  };
}

type Callback = (error?: Error | null) => void;

/**
 * Leads what is written to `stream` to `write`, as text in chunks as they come; the function that this
 * returns puts the stream's own `write` back.
 */
export function redirect(stream: NodeJS.WriteStream, write: (text: string) => void): Undo {
  const before = Object.getOwnPropertyDescriptor(stream, 'write');
  const decoder = new StringDecoder('utf8');
  const replacement = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Callback,
    done?: Callback,
  ): boolean => {
    const callback = typeof encoding === 'function' ? encoding : done;
    write(toText(chunk, typeof encoding === 'string' ? encoding : 'utf8', decoder));
    if (callback !== undefined) process.nextTick(callback);
    return true;
  };
  stream.write = replacement;
  return () => {
    // Somebody who wrapped the stream after us keeps what they made.
    if (stream.write !== replacement) return;
    if (before === undefined) Reflect.deleteProperty(stream, 'write');
    else Object.defineProperty(stream, 'write', before);
  };
}

/** A character may come in two chunks; the decoder keeps its first half. */
function toText(
  chunk: string | Uint8Array,
  encoding: BufferEncoding,
  decoder: StringDecoder,
): string {
  if (typeof chunk !== 'string') return decoder.write(Buffer.from(chunk));
  if (encoding === 'utf8') return chunk;
  return decoder.write(Buffer.from(chunk, encoding));
}
