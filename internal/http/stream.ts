/** Writing answers whose body arrives in pieces. */

import type { ReadableStreamDefaultReader, ReadableStreamReadResult } from 'node:stream/web';

import type { Exchange } from './exchange.js';

/** @hono/node-server's mark on a Response that another part of the program has written. */
const ALREADY_SENT = 'x-hono-already-sent';

type Piece = ReadableStreamReadResult<Uint8Array>;

/** Whether `value` is a Response, of whichever class: node-server replaces the global one. */
export function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'headers' in value && 'status' in value;
}

/**
 * Writes `response` and returns when it is out or the connection is gone.
 *
 * @throws what the body's stream throws; nothing has been sent then, or the answer is incomplete.
 */
export async function write(exchange: Exchange, response: Response): Promise<void> {
  const { body, headers } = response;
  if (headers.has(ALREADY_SENT)) return;
  if (body === null || exchange.method === 'HEAD') {
    exchange.writeHead(response.status, toRecord(headers));
    exchange.end();
    await body?.cancel();
    return;
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const pump = new BodyPump(exchange, reader);
  exchange.pump = pump;
  exchange.once('close', () => pump.cancel());
  await pump.run(response.status, toRecord(headers));
}

class BodyPump {
  readonly #exchange: Exchange;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #isCancelled = false;

  constructor(exchange: Exchange, reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#exchange = exchange;
    this.#reader = reader;
  }

  /** Ends the answer properly after the last piece that has been written. */
  stop(): void {
    this.cancel();
    this.#exchange.end();
  }

  /** Tells the body that nobody wants more of it. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reader.cancel().catch(() => undefined);
  }

  async run(status: number, headers: Record<string, string | string[]>): Promise<void> {
    if (this.#exchange.destroyed) return this.cancel();
    const early = await this.#begin(status, headers);
    for (const piece of early) if (!(await this.#write(await piece))) return;
    for (;;) if (!(await this.#write(await this.#reader.read()))) return;
  }

  /** Sends the headers, with a length when the whole body is one piece that is ready. */
  async #begin(
    status: number,
    headers: Record<string, string | string[]>,
  ): Promise<readonly Promise<Piece>[]> {
    const hasLength = headers['content-length'] !== undefined;
    const isEvents = /^text\/event-stream/i.test(String(headers['content-type']));
    const first = this.#reader.read();
    const piece = hasLength || isEvents ? undefined : await soon(first);
    if (piece === undefined) {
      this.#exchange.writeHead(status, headers);
      this.#exchange.flushHeaders();
      return [first];
    }
    if (piece.done) {
      this.#exchange.writeHead(status, { ...headers, 'content-length': '0' });
      return [first];
    }
    const second = this.#reader.read();
    const isWhole = (await soon(second))?.done === true && piece.value instanceof Uint8Array;
    const length = isWhole ? { 'content-length': String(piece.value.byteLength) } : {};
    this.#exchange.writeHead(status, { ...headers, ...length });
    return [first, second];
  }

  /** Says whether there is more to come. */
  async #write({ done, value }: Piece): Promise<boolean> {
    if (this.#isCancelled || this.#exchange.isAnswered) return false;
    if (done) {
      this.#exchange.end();
      return false;
    }
    if (!this.#exchange.write(value)) await writable(this.#exchange);
    return !this.#exchange.destroyed;
  }
}

/** Resolves when `exchange` takes more, or will never. */
function writable(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      exchange.off('drain', finish);
      exchange.off('close', finish);
      resolve();
    };
    exchange.on('drain', finish);
    exchange.on('close', finish);
  });
}

/** The value of `promise` if it settles within a turn of the event loop. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([
    promise,
    new Promise<undefined>((resolve) => {
      setImmediate(() => resolve(undefined));
    }),
  ]);
}

function toRecord(headers: Headers): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (const [name, value] of headers) if (name !== 'set-cookie') record[name] = value;
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) record['set-cookie'] = cookies;
  return record;
}
