/** The last words of a process. */

import { setTimeout as sleep } from 'node:timers/promises';

/** How long a reader that reads nothing at all may hold the exit, in milliseconds. */
const LIMIT_MS = 2000;

/**
 * Resolves when what was written to stdout and stderr has left the process, or when their readers have
 * taken nothing for two seconds. Writing to a pipe is asynchronous in Node, and process.exit drops the
 * rest.
 */
export async function flush(): Promise<void> {
  // Asked first: merely looking at process.stdout makes it, which costs more than a whole stop.
  if (!process.getActiveResourcesInfo().some((kind) => kind.endsWith('WriteWrap'))) return;
  const streams = [process.stdout, process.stderr];
  const flushed = Promise.all(streams.map(written)).then(() => true);
  for (;;) {
    const before = countUnwritten(streams);
    const isDone = await Promise.race([flushed, sleep(LIMIT_MS, false)]);
    if (isDone || countUnwritten(streams) === before) return;
  }
}

function countUnwritten(streams: readonly NodeJS.WriteStream[]): number {
  return streams.reduce((sum, stream) => sum + stream.writableLength, 0);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
