/** Load from processes of their own: our client, and wrk for throughput where it is installed. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLIENT = fileURLToPath(new URL('./client.mjs', import.meta.url));
const CONNECTIONS = 32;

/** Starts the client; `stop()` resolves to what came of its requests. See client.mjs for `wants`. */
export async function startClient(wants) {
  const child = fork(CLIENT, [JSON.stringify(wants)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The client ended with ${code}.`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return {
    async stop() {
      child.send('stop');
      const [result] = await Promise.race([once(child, 'message'), ended]);
      return result;
    },
  };
}

/** Requests that were not answered with 200, by what became of them instead. */
export function lost({ refused, reset, late, failed }) {
  return refused + reset + late + failed;
}

/** Asks as fast as 32 connections can, `kept` or `fresh`; resolves to the answers and the time. */
export async function throughput(place, { port, kind, seconds }) {
  if (await hasWrk(place)) return wrk(place, { port, kind, seconds });
  const client = await startClient({ port, [kind]: CONNECTIONS });
  await sleep(seconds * 1_000);
  const result = await client.stop();
  return { good: result[kind].good, seconds: result.seconds };
}

let isThere;

/** Whether wrk is on this machine. */
export async function hasWrk(place) {
  isThere ??= place.command('wrk', ['--version'], { cwd: place.folder }).then(
    () => true,
    () => false,
  );
  return isThere;
}

async function wrk(place, { port, kind, seconds }) {
  const header = kind === 'fresh' ? ['--header', 'Connection: close'] : [];
  const sizes = ['--threads', '1', '--connections', String(CONNECTIONS)];
  const words = [...sizes, '--duration', `${seconds}s`, ...header, `http://127.0.0.1:${port}/`];
  const { output } = await place.command('wrk', words, { cwd: place.folder });
  const [, good, time, unit] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(output) ?? [];
  if (good === undefined) throw new Error(`wrk said: ${output}`);
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  return { good: good - bad, seconds: time * { ms: 0.001, s: 1, m: 60 }[unit] };
}
