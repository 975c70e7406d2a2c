/** The last lines of a stream: what a process had to say before it ended. */

/** How many lines are kept, and how long each may be. */
const LINES = 20;
const LINE_CHARS = 1_000;

export class Tail {
  readonly #lines: string[] = [];
  #rest = '';

  /** The last lines, the oldest first; the unfinished one counts. */
  get lines(): readonly string[] {
    const all = this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
    return all.slice(-LINES);
  }

  add(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = (parts.pop() ?? '').slice(0, LINE_CHARS);
    for (const part of parts) {
      const line = part.trimEnd().slice(0, LINE_CHARS);
      if (line !== '') this.#lines.push(line);
    }
    this.#lines.splice(0, this.#lines.length - LINES);
  }
}
