/** The handshake's pipe: lines of JSON in both directions, and the end of the peer as its last word. */

import type net from 'node:net';

/** What goes over the pipe. */
export type Message =
  /** From the launcher: the daemon has this process id. */
  | { readonly type: 'launched'; readonly pid: number }
  /** From the started process: the service stands. */
  | { readonly type: 'ready'; readonly pid: number; readonly info?: unknown }
  /** From the started process: the service cannot stand, and this process ends. */
  | {
      readonly type: 'failed';
      readonly detail: string;
      readonly code: string;
      readonly exitCode?: number | undefined;
    }
  /** From the started process: it ends without having said why. */
  | { readonly type: 'exit'; readonly exitCode: number }
  /** From the starter: heard; from now on you are on your own. */
  | { readonly type: 'go'; readonly info?: unknown };

export interface Channel {
  /** Small messages are in the kernel's buffer when this returns, so they survive an exit. */
  send(message: Message): void;
  /** Resolves when the peer has closed its end, at the latest when its process has ended. */
  readonly ended: Promise<void>;
  /** Keeps the event loop alive, or no longer. */
  hold(isHeld: boolean): void;
  close(): void;
}

/** A line longer than this is nobody we know. */
const LINE_LIMIT_CHARS = 1_048_576;

/** Calls `onMessage` for each message that comes over `socket`. */
export function open(socket: net.Socket, onMessage: (message: Message) => void): Channel {
  let rest = '';
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  // A broken pipe means that the peer has gone; 'close' follows and says so.
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) deliver(line, onMessage);
    if (rest.length > LINE_LIMIT_CHARS) socket.destroy();
  });
  return {
    send: (message) => void socket.write(`${JSON.stringify(message)}\n`),
    ended,
    hold: (isHeld) => void (isHeld ? socket.ref() : socket.unref()),
    close: () => void socket.destroy(),
  };
}

function deliver(line: string, onMessage: (message: Message) => void): void {
  const message = parse(line);
  if (message !== undefined) onMessage(message);
}

function parse(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : undefined;
  } catch {
    // A line that is not JSON is not from us; what matters comes as the peer's end.
    return undefined;
  }
}

function isMessage(value: unknown): value is Message {
  if (!(value instanceof Object) || !('type' in value)) return false;
  switch (value.type) {
    case 'launched':
    case 'ready':
      return 'pid' in value && Number.isInteger(value.pid) && Number(value.pid) > 1;
    case 'failed':
      return hasText(value, 'detail') && hasText(value, 'code');
    case 'exit':
      return 'exitCode' in value && Number.isInteger(value.exitCode);
    default:
      return value.type === 'go';
  }
}

function hasText(value: object, key: string): boolean {
  return typeof Reflect.get(value, key) === 'string';
}
