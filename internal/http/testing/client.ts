/** Clients that show the bytes, and clients that keep their connections. */

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

import { onTestFinished } from 'vitest';

/** A raw connection and all that it has received. */
export class Wire {
  readonly socket: net.Socket;
  text = '';
  isEnded = false;
  error: Error | undefined = undefined;
  /** Resolves when the connection is closed, however. */
  readonly closed: Promise<void>;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      this.text += String(chunk);
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves with the text as soon as it matches; rejects when the connection closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.closed) throw new Error(`closed before ${String(pattern)}: ${this.text}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
    return this.text;
  }
}

/** Connects to `port` of 127.0.0.1. */
export async function connect(port: number): Promise<Wire> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => {
    socket.destroy();
  });
  const wire = new Wire(socket);
  await once(socket, 'connect');
  return wire;
}

/** Sends `text` and resolves with all that comes back until the server closes. */
export async function exchange(port: number, text: string): Promise<string> {
  const wire = await connect(port);
  wire.write(text);
  await wire.closed;
  return wire.text;
}

/** A request line and the headers that every request needs. */
export function request(target: string, headers: readonly string[] = []): string {
  return [`GET ${target} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n');
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request through node:http, with an agent of your choice. */
export async function get(url: string, options: http.RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = deferred<http.IncomingMessage>();
  http.get(url, options, resolve).on('error', reject);
  const response = await promise;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** A promise and what settles it. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
