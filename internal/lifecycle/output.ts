/** The last words of a process. */

import { setTimeout as sleep } from 'node:timers/promises';

/** How long a reader that does not read may hold the exit, in milliseconds. */
const LIMIT_MS = 1000;

/** Resolves when what was written to stdout and stderr has left the process, or after a second. */
export async function flush(): Promise<void> {
  const streams = [process.stdout, process.stderr].filter((stream) => stream.writableLength > 0);
  if (streams.length === 0) return;
  await Promise.race([Promise.all(streams.map(written)), sleep(LIMIT_MS)]);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
