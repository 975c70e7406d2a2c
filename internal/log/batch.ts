/** The bytes of a sink that are being written: some whole lines, and how far they got. */

const NEWLINE = 10;
/** UTF-8 needs at most this many bytes for one UTF-16 unit. */
const BYTES_PER_CHAR = 3;

/** Encodes into one buffer that is used again, for a batch of the usual size. */
export class Batch {
  readonly #scratch: Buffer;
  #bytes: Buffer;
  #offset = 0;

  /** `usualChars` is the size a batch normally has; larger ones work and cost an allocation. */
  constructor(usualChars: number) {
    this.#scratch = Buffer.allocUnsafeSlow(usualChars * BYTES_PER_CHAR);
    this.#bytes = this.#scratch.subarray(0, 0);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the next write begins. */
  get offset(): number {
    return this.#offset;
  }

  get isDone(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Whether what was written last ended a line. */
  get endsLine(): boolean {
    return this.#bytes[this.#offset - 1] === NEWLINE;
  }

  /** Replaces a batch that is done. */
  load(text: string): void {
    const fits = text.length * BYTES_PER_CHAR <= this.#scratch.length;
    this.#bytes = fits ? this.#scratch.subarray(0, this.#scratch.write(text)) : Buffer.from(text);
    this.#offset = 0;
  }

  advance(bytes: number): void {
    this.#offset += bytes;
  }

  /** Back to the begin of the line that was written in part. */
  rewindLine(): void {
    if (this.#offset > 0) this.#offset = this.#bytes.lastIndexOf(NEWLINE, this.#offset - 1) + 1;
  }

  /** Gives up the rest and returns it as text. */
  discard(): string {
    const rest = this.#bytes.toString('utf8', this.#offset);
    this.#offset = this.#bytes.length;
    return rest;
  }

  /** Bytes of the whole lines that fit into `limit`, or of the first line when it alone is longer. */
  chunk(limit: number): number {
    const end = this.#offset + limit;
    if (this.#bytes.length <= end) return this.#bytes.length - this.#offset;
    const last = this.#bytes.lastIndexOf(NEWLINE, end - 1);
    if (last >= this.#offset) return last + 1 - this.#offset;
    const next = this.#bytes.indexOf(NEWLINE, end);
    return (next === -1 ? this.#bytes.length : next + 1) - this.#offset;
  }
}
