/** The lines that come over a stream, whoever wrote them. */

import type { Readable } from 'node:stream';

/** A line longer than this is nobody we know. */
const LINE_LIMIT_CHARS = 1_048_576;

export interface LinesOptions {
  readonly onLine: (line: string) => void;
  /** Is told of a line that is far too long, which is dropped; default: lines of any length. */
  readonly onFlood?: (() => void) | undefined;
}

/** Calls `onLine` for each line that comes over `stream`, and looks away from its errors. */
export function eachLine(stream: Readable, { onLine, onFlood }: LinesOptions): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (onFlood === undefined || rest.length <= LINE_LIMIT_CHARS) return;
    rest = '';
    onFlood();
  });
  // The writer has gone: 'close' follows and says so.
  stream.on('error', () => undefined);
}
