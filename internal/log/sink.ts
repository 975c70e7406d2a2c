/** One destination of lines: buffers them, writes them whole, and outlives its disk and its reader. */

import fs from 'node:fs';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import { Batch } from './batch.js';
import { quoted, reason } from './problem.js';
import type { OnProblem, Problem } from './problem.js';
import { stallOf } from './stall.js';
import type { Stall } from './stall.js';
import type { Target } from './target.js';

/** Characters that make a batch. Measured: from 32 Ki on, a larger one saves nothing. */
const BATCH_CHARS = 32 * 1024;
/** Characters kept while the destination takes none; what comes after is dropped. */
const BACKLOG_CHARS = 4 * 1024 * 1024;
/** How long (ms) the process waits for a reader that takes nothing, once the backlog is full. */
const PATIENCE_MS = 1_000;
/** The same while the process ends. */
const LAST_PATIENCE_MS = 5_000;
/** One look at a slow reader (ms). */
const LOOK_MS = 2;

export interface SinkOptions {
  /** Longest time (ms) a line written with `write` stays in memory. */
  readonly flushMs: number;
  readonly onProblem: OnProblem;
}

/**
 * Lines in, batches of whole lines out.
 *
 * Writes are synchronous: a batch goes to the page cache in some 20 µs, nothing is under way when the
 * process ends, and rotation falls between two lines by construction. (A stream that writes through
 * the thread pool was measured at ten times the cost per line, and its last batch may come late.)
 */
export class Sink {
  readonly target: Target;
  readonly #flushMs: number;
  readonly #onProblem: OnProblem;
  /** The last line of a batch makes it larger than its mark; twice the mark leaves room for it. */
  readonly #batch: Batch = new Batch(2 * BATCH_CHARS);
  #text = '';
  #isBetweenLines = true;
  #isDraining = false;
  #isThrough = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #stall: Stall | undefined;
  #bytes = 0;
  #dropped = 0;

  constructor(target: Target, options: SinkOptions) {
    this.target = target;
    this.#flushMs = options.flushMs;
    this.#onProblem = options.onProblem;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes `text` (lines with their ends); it is written with the next batch. */
  write(text: string): void {
    if (!this.#accept(text)) return;
    if (this.#text.length >= BATCH_CHARS || this.#isThrough) this.flush();
    else if (this.#timer === undefined) this.#arm(this.#flushMs);
  }

  /** Takes `text` and writes it at once, after what is waiting. */
  writeThrough(text: string): void {
    if (this.#accept(text)) this.flush();
  }

  /** Writes what is waiting; what cannot be written now stays. */
  flush(): void {
    const stall = this.#stall;
    if (stall === undefined || clock.monotonicMs() >= stall.retryAtMs) this.#drain();
  }

  /** Writes what is waiting, with patience for a slow reader, and each later line at once. */
  finish(): void {
    this.#isThrough = true;
    if (this.#drain()) return;
    if (this.#stall?.kind === 'slow') this.#insist(LAST_PATIENCE_MS);
    if (this.#hasWaiting()) this.#dropWaiting();
  }

  /** Opens a file under its name again; a line begun in the old file is begun anew. */
  reopen(): void {
    if (this.#isClosed || !this.target.isFile) return;
    this.#drain();
    this.#batch.rewindLine();
    this.#isBetweenLines = true;
    this.target.reopen();
    if (this.#stall?.kind === 'gone') this.#stall = undefined;
    else if (this.#stall !== undefined) this.#stall.retryAtMs = 0;
  }

  /** Finishes and closes; later lines are dropped for a file, and written at once to a descriptor. */
  close(): void {
    if (this.#isClosed) return;
    this.finish();
    clearTimeout(this.#timer);
    this.#isClosed = this.target.isFile;
    this.target.close();
  }

  #accept(text: string): boolean {
    if (this.#isClosed || (this.#stall !== undefined && !this.#mayQueue())) {
      this.#drop(text);
      return false;
    }
    this.#text += text;
    return true;
  }

  /** Whether nothing is left to write. */
  #drain(): boolean {
    // Who hears of a problem may log it, into this very sink: the loop that is under way takes it.
    if (this.#isDraining) return false;
    this.#isDraining = true;
    const failure = this.#writeAll();
    this.#isDraining = false;
    if (failure !== undefined) this.#halt(failure);
    else if (this.#stall !== undefined && this.#stall.kind !== 'gone') this.#resume();
    return failure === undefined;
  }

  /** Returns the error that ended it, if one did. */
  #writeAll(): unknown {
    while (this.#hasWaiting()) {
      if (this.#batch.isDone) this.#load();
      try {
        this.#writeSome();
      } catch (error) {
        if (!errors.hasCode(error, 'EINTR')) return error;
      }
    }
    return undefined;
  }

  #hasWaiting(): boolean {
    return !this.#batch.isDone || this.#text !== '';
  }

  #load(): void {
    this.#batch.load(this.#text);
    this.#text = '';
  }

  #writeSome(): void {
    const length = this.#batch.chunk(this.target.chunkBytes);
    if (this.#isBetweenLines) this.target.prepare(length);
    const count = fs.writeSync(this.target.fd, this.#batch.bytes, this.#batch.offset, length);
    this.target.wrote(count);
    this.#bytes += count;
    this.#batch.advance(count);
    this.#isBetweenLines = this.#batch.endsLine;
    if (this.#stall !== undefined) this.#stall.isHopeless = false;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
      if (this.#hasWaiting() && this.#timer === undefined) this.#arm(this.#stall?.retryMs ?? ms);
    }, ms).unref();
  }

  #halt(error: unknown): void {
    const stall = stallOf(error, this.#stall);
    this.#stall = stall;
    if (stall.kind === 'gone') this.#dropWaiting();
    else if (this.#timer === undefined) this.#arm(stall.retryMs);
    if (stall.kind !== 'failing') return;
    const detail = `Cannot write to ${quoted(this.target.name)}: ${reason(error)}; records wait in memory, then are dropped.`;
    this.#tell('stalled', detail, error);
  }

  /** Whether a line may wait although the destination takes none just now. */
  #mayQueue(): boolean {
    const stall = this.#stall;
    if (stall === undefined) return true;
    if (stall.kind === 'gone') return false;
    if (clock.monotonicMs() >= stall.retryAtMs && this.#drain()) return true;
    if (this.#text.length < BACKLOG_CHARS) return true;
    return stall.kind === 'slow' && !stall.isHopeless && this.#insist(PATIENCE_MS);
  }

  /** Blocks while the reader makes progress; a reader that takes nothing for `ms` is given up. */
  #insist(ms: number): boolean {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    let before = this.#bytes;
    let end = clock.monotonicMs() + ms;
    while (!this.#drain()) {
      if (this.#stall?.kind !== 'slow') return false;
      const now = clock.monotonicMs();
      if (this.#bytes > before) end = now + ms;
      before = this.#bytes;
      this.#stall.isHopeless = now >= end;
      if (now >= end) return false;
      Atomics.wait(pause, 0, 0, LOOK_MS);
    }
    return true;
  }

  #drop(text: string): void {
    this.#dropped += Math.max(1, text.split('\n').length - 1);
    if (this.#stall === undefined || this.#stall.kind === 'failing') return;
    const isGone = this.#stall.kind === 'gone';
    const why = isGone ? 'its reader is gone' : 'its reader takes nothing';
    const detail = `Cannot write to ${quoted(this.target.name)}: ${why}; records are dropped.`;
    this.#tell(isGone ? 'gone' : 'stalled', detail);
  }

  #dropWaiting(): void {
    const text = this.#batch.discard() + this.#text;
    this.#text = '';
    if (text !== '') this.#drop(text);
  }

  #resume(): void {
    const hasTold = this.#stall?.hasTold ?? false;
    this.#stall = undefined;
    if (!hasTold) return;
    const lost = `${this.#dropped} records were lost`;
    this.#report('recovered', `Writing to ${quoted(this.target.name)} works again; ${lost}.`);
  }

  /** Once for each stall. */
  #tell(kind: Problem['kind'], detail: string, cause?: unknown): void {
    if (this.#stall?.hasTold !== false) return;
    this.#stall.hasTold = true;
    this.#report(kind, detail, cause);
  }

  #report(kind: Problem['kind'], detail: string, cause?: unknown): void {
    const { name: destination } = this.target;
    this.#onProblem({ kind, destination, detail, dropped: this.#dropped, cause });
  }
}
