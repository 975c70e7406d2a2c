/** The log of a service: records in, lines out to the stream where they belong. */

import type pino from 'pino';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import { accessLevel, toAccessLine } from './access.js';
import type { AccessRecord } from './access.js';
import type { Entry } from './early.js';
import { severity } from './level.js';
import type { Level, Threshold } from './level.js';
import type { StreamName } from './paths.js';
import type { Format } from './pretty.js';
import { toLine } from './record.js';
import type { Fields, Shape } from './record.js';
import { toRotation } from './rotate.js';
import type { RotateOptions } from './rotate.js';
import { createServer } from './server.js';
import type { Sink } from './sink.js';

/** The destination of each stream; streams may share one. */
export type Streams = Readonly<Record<StreamName, Sink>>;

interface LogOptions {
  readonly shape: Shape;
  readonly base: Readonly<Record<string, string | number>>;
  readonly level: Threshold;
  /** Turns a record's line into text for people; none leaves it JSON. */
  readonly format: Format | undefined;
}

/** What was logged since the log was opened. */
export interface Stats {
  /** UTC, ISO 8601. */
  readonly since: string;
  /** Records written, by level, those of requests included. */
  readonly records: Readonly<Record<Level, number>>;
  readonly streams: Readonly<Record<StreamName, StreamStats>>;
}

/** What became of one stream; streams that share a destination share these figures. */
export interface StreamStats {
  /** The file's path, `stdout` or `stderr`. */
  readonly destination: string;
  readonly bytes: number;
  /** Lines that could not be written. */
  readonly dropped: number;
  readonly rotations: number;
}

/** An open log. Nothing here throws: what cannot be written is counted and told as a problem. */
export class Log {
  readonly #streams: Streams;
  readonly #options: LogOptions;
  readonly #since: string = clock.utc();
  readonly #records: Record<Level, number> = {
    trace: 0,
    debug: 0,
    info: 0,
    warn: 0,
    error: 0,
    fatal: 0,
  };
  readonly #onExit = (): void => this.#each((sink) => sink.finish());
  #level: Threshold;
  #least: number;
  #server: pino.Logger | undefined;

  /** Made by `open`. */
  constructor(streams: Streams, options: LogOptions) {
    this.#streams = streams;
    this.#options = options;
    this.#level = options.level;
    this.#least = severity(options.level);
    process.on('exit', this.#onExit);
  }

  /** rodent's own records for whoever wants a pino logger; the first use loads pino, 40 ms of CPU. */
  get server(): pino.Logger {
    const { shape, base } = this.#options;
    this.#server ??= createServer(shape, {
      base,
      level: this.#level,
      write: (line, level) => this.#put(level, line),
      flush: () => this.flush(),
    });
    return this.#server;
  }

  get level(): Threshold {
    return this.#level;
  }

  /**
   * Writes one of rodent's own records at once: a constant sentence, values in fields.
   *
   * @example
   * log.record('info', 'Listening', { host, port });
   */
  record(level: Level, detail: string, fields: Fields = {}): void {
    this.#record({ atMs: Date.now(), level, detail, fields });
  }

  /** Writes an error: its detail is the sentence, its context the record's. Default level: 'error'. */
  error(error: unknown, options: { readonly level?: Level; readonly fields?: Fields } = {}): void {
    this.record(options.level ?? 'error', errors.describe(error), { ...options.fields, error });
  }

  /** Writes records from before the log was open, with the time at which they were made. */
  replay(entries: readonly Entry[]): void {
    for (const entry of entries) this.#record(entry);
  }

  /** Writes one request with the next batch. */
  access(record: AccessRecord): void {
    const level = accessLevel(record.status);
    if (severity(level) < this.#least) return;
    const { shape, format } = this.#options;
    this.#records[level] += 1;
    const line = toAccessLine(shape, record);
    if (format === undefined) this.#streams.access.write(line);
    else this.#streams.access.writeThrough(`${format(line)}\n`);
  }

  /** Writes what the application printed, at once and as it is. */
  app(text: string): void {
    this.#streams.app.writeThrough(text);
  }

  /** Writes what the application printed to stderr, at once and as it is. */
  appError(text: string): void {
    this.#streams.appError.writeThrough(text);
  }

  /** Changes the level of `record`, `access`, `server` and those of its children without their own. */
  setLevel(level: Threshold): void {
    this.#level = level;
    this.#least = severity(level);
    if (this.#server !== undefined) this.#server.level = level;
  }

  /** Changes when the files are rotated, and how many old ones are kept. */
  setRotation(options: Partial<RotateOptions>): void {
    this.#each((sink) => sink.target.setRotation(toRotation(options)));
  }

  /** Opens the files under their names again, after somebody renamed them. */
  reopen(): void {
    this.#each((sink) => sink.reopen());
  }

  /** Writes what is in memory. */
  flush(): void {
    this.#each((sink) => sink.flush());
  }

  /**
   * Writes what is in memory and closes the files; the last thing a process does with its log. Later
   * records are counted as dropped where they went to a file.
   */
  close(): void {
    process.off('exit', this.#onExit);
    this.#each((sink) => sink.close());
  }

  stats(): Stats {
    const { server, access, app, appError } = this.#streams;
    return {
      since: this.#since,
      records: { ...this.#records },
      streams: {
        server: statsOf(server),
        access: statsOf(access),
        app: statsOf(app),
        appError: statsOf(appError),
      },
    };
  }

  #record(entry: Entry): void {
    if (severity(entry.level) < this.#least) return;
    this.#put(entry.level, toLine(this.#options.shape, entry));
  }

  #put(level: Level, line: string): void {
    const { format } = this.#options;
    this.#records[level] += 1;
    this.#streams.server.writeThrough(format === undefined ? line : `${format(line)}\n`);
  }

  #each(act: (sink: Sink) => void): void {
    for (const sink of new Set(Object.values(this.#streams))) act(sink);
  }
}

function statsOf(sink: Sink): StreamStats {
  const { target, bytes, dropped } = sink;
  return { destination: target.name, bytes, dropped, rotations: target.rotations };
}
