/** The load, from a process of its own, and what became of its requests. */

import { fork } from 'node:child_process';
import path from 'node:path';

import { waitFor } from './violation.js';

const CLIENT = path.join(import.meta.dirname, 'fixtures', 'client.mjs');

/** A request without a full answer. Instants in microseconds of the machine's clock, see `nowUs`. */
export interface Lost {
  readonly id: string;
  readonly kind: 'fresh' | 'kept';
  readonly route: string;
  readonly reason: string;
  readonly begunUs: number;
  readonly endedUs: number;
  /** Who was at the other end of the connection, where that is known. */
  readonly pid?: number;
}

/** The answers to requests that were begun after a mark: `<version> <pid>` and how many. */
export interface Bucket {
  readonly number: number;
  readonly answered: number;
  readonly answers: Readonly<Record<string, number>>;
}

export interface Traffic {
  /** How many requests the client has at most at one time. */
  readonly clients: number;
  /** All answers that were counted so far. */
  readonly answered: number;
  /** Returns the answers to `atLeast` requests that are begun from now on. */
  sample(atLeast: number): Promise<Bucket>;
  /** Returns what was lost since the last call. */
  takeLost(): readonly Lost[];
  /** Lets the requests in hand end; resolves when the client has. */
  stop(): Promise<void>;
  /** Ends the client at once. */
  kill(): void;
}

type Message =
  | { readonly type: 'lost'; readonly lost: Lost }
  | { readonly type: 'bucket'; readonly bucket: Bucket };

/** Microseconds of a clock that all processes of this machine share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Starts the client with `clients` clients of each of the two kinds. */
export function startTraffic(url: string, clients: number): Traffic {
  const child = fork(CLIENT, [url, String(clients)], { execArgv: [] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const state = { mark: 0, answered: 0, lost: [] as Lost[], last: EMPTY };
  child.on('message', (message: Message) => {
    if (message.type === 'lost') state.lost.push(message.lost);
    else state.last = message.bucket;
  });
  const report = async (): Promise<Bucket> => {
    state.last = EMPTY;
    child.send({ type: 'report' });
    return waitFor("the client's report", () => (state.last === EMPTY ? undefined : state.last));
  };
  return {
    clients: clients * 2,
    get answered() {
      return state.answered;
    },
    async sample(atLeast) {
      state.answered += (await report()).answered;
      child.send({ type: 'mark', number: (state.mark += 1) });
      return waitFor(`${atLeast} answers`, async () => {
        const bucket = await report();
        return bucket.answered >= atLeast ? bucket : undefined;
      });
    },
    takeLost: () => state.lost.splice(0),
    async stop() {
      if (child.connected) child.send({ type: 'end' });
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

const EMPTY: Bucket = { number: -1, answered: 0, answers: {} };
