/** A request whose body is counted as it arrives. */

import http from 'node:http';

/** Whether a body of `bytes` so far may go on. */
export interface Meter {
  admits(bytes: number): boolean;
}

export class Incoming extends http.IncomingMessage {
  meter: Meter | undefined = undefined;
  #bytes = 0;

  /** Node's parser hands each piece of the body to this method. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (!Buffer.isBuffer(chunk) || this.meter === undefined) return super.push(chunk, encoding);
    this.#bytes += chunk.length;
    return this.meter.admits(this.#bytes) ? super.push(chunk, encoding) : true;
  }
}
