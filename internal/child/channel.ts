/** The channel between a worker of ours and its parent: lines of JSON, one way over each of two pipes. */

import type net from 'node:net';

import { eachLine } from './lines.js';
import type { Order, Word } from './message.js';
import { unwrap, wrap } from './message.js';

/**
 * What a channel runs over. One pipe for both ways would lose what the peer said last, when something
 * is sent to it after its end: the write that fails closes the pipe, what is still unread included.
 */
export interface Pipes {
  readonly reading: net.Socket;
  readonly writing: net.Socket;
}

export interface ChannelOptions {
  /** Is given each message of ours, unchecked. What is none is passed over. */
  readonly onMessage: (message: unknown) => void;
  /** Is told of a line without end, see `eachLine`. */
  readonly onFlood?: () => void;
}

export interface Channel {
  /**
   * A small message is in the kernel's buffer when this returns, so that it survives an exit. Lost when
   * the peer has gone.
   */
  send(message: Order | Word): void;
  /** Resolves when the peer has closed its end, at the latest when its process has ended. */
  readonly closed: Promise<void>;
  /** The event loop lives no longer because of this channel. */
  release(): void;
}

/** Opens the channel over `pipes`. */
export function openChannel({ reading, writing }: Pipes, options: ChannelOptions): Channel {
  const closed = new Promise<void>((resolve) => {
    reading.once('close', () => resolve());
  });
  eachLine(reading, { onLine: (line) => hear(line, options), onFlood: options.onFlood });
  // A broken pipe means that the peer has gone; the end of what it says tells it.
  writing.on('error', () => undefined).resume();
  return {
    send: (message) => {
      // The newline before it ends what somebody else may have left there without one.
      if (writing.writable) writing.write(`\n${JSON.stringify(wrap(message))}\n`);
    },
    closed,
    release: () => {
      reading.unref();
      writing.unref();
    },
  };
}

function hear(line: string, { onMessage }: ChannelOptions): void {
  const message = parse(line);
  if (message !== undefined) onMessage(message);
}

function parse(line: string): unknown {
  if (line === '') return undefined;
  try {
    return unwrap(JSON.parse(line));
  } catch {
    // Not from us: the application wrote to a descriptor that it does not own.
    return undefined;
  }
}
