/** Opening the log: which streams there are, and where they lead. */

import * as errors from '../errors/index.js';
import { LogFile } from './file.js';
import type { Threshold } from './level.js';
import { Log } from './log.js';
import type { Streams } from './log.js';
import { paths } from './paths.js';
import { createFormat } from './pretty.js';
import { reason, tellStderr } from './problem.js';
import type { OnProblem } from './problem.js';
import { createRedactor } from './redact.js';
import { toRotation } from './rotate.js';
import type { RotateOptions } from './rotate.js';
import { Sink } from './sink.js';
import type { SinkOptions } from './sink.js';
import { createStamp } from './stamp.js';
import { descriptor } from './target.js';

const DEFAULT_FLUSH_MS = 100;

export interface OpenOptions {
  /** Absolute folder of the four files, made when it is missing. Default: none, everything to stdout. */
  readonly dir?: string | undefined;
  /** Least severe level that is written, requests included. Default: 'info'. */
  readonly level?: Threshold;
  /** How records look on stdout; files always hold JSON. Default: 'json'. */
  readonly format?: 'json' | 'pretty';
  /** Colour of the pretty format. Default: false. */
  readonly color?: boolean;
  /** Rotation of the files; `sizeBytes` 0 leaves it to logrotate. Default: 50 MiB, 10 old files. */
  readonly rotate?: Partial<RotateOptions>;
  /** Keys whose values are secret beside the usual ones; whole keys, in any case. Default: none. */
  readonly redact?: readonly string[];
  /** What stands in every record. Default: { pid }. */
  readonly base?: Readonly<Record<string, string | number>>;
  /** Longest time (ms) a request's line stays in memory. Default: 100. */
  readonly flushMs?: number;
  /** A file that cannot be made: `refuse` throws, `stderr` logs there and says so. Default: 'refuse'. */
  readonly fallback?: 'refuse' | 'stderr';
  /** Hears what goes wrong with the log itself. Default: one sentence on stderr. */
  readonly onProblem?: OnProblem;
}

/**
 * Opens the log. When the process exits, however it does short of a kill, what is in memory is written.
 *
 * @throws RodentError FILE when a file or the folder cannot be made and `fallback` is 'refuse'.
 */
export function open(options: OpenOptions = {}): Log {
  const { base = { pid: process.pid }, level = 'info' } = options;
  const onProblem = guarded(options.onProblem ?? tellStderr);
  const redactor = createRedactor(options.redact);
  const constants = Object.entries(base).map(
    ([key, value]) => `,${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  const isPretty = options.dir === undefined && options.format === 'pretty';
  return new Log(
    openStreams(options, { flushMs: options.flushMs ?? DEFAULT_FLUSH_MS, onProblem }),
    {
      shape: { stamp: createStamp(), redactor, constants: constants.join('') },
      base,
      level,
      format: isPretty ? createFormat({ color: options.color ?? false }) : undefined,
    },
  );
}

/** A listener that throws must not turn a full disk into the end of the service. */
function guarded(onProblem: OnProblem): OnProblem {
  return (problem) => {
    try {
      onProblem(problem);
    } catch {
      tellStderr(problem);
    }
  };
}

function openStreams(options: OpenOptions, sinkOptions: SinkOptions): Streams {
  if (options.dir === undefined) return standardStreams(sinkOptions);
  try {
    return fileStreams(options.dir, toRotation(options.rotate), sinkOptions);
  } catch (error) {
    if (options.fallback !== 'stderr') throw error;
    const detail = `${errors.describe(error)} Logging to stderr instead.`;
    sinkOptions.onProblem({
      kind: 'open',
      destination: options.dir,
      detail,
      dropped: 0,
      cause: error,
    });
    return lastResort(sinkOptions);
  }
}

/** Records of every level go to stdout in one order; stderr stays for what the application says there. */
function standardStreams(sinkOptions: SinkOptions): Streams {
  const out = new Sink(descriptor(1), sinkOptions);
  return { server: out, access: out, app: out, appError: new Sink(descriptor(2), sinkOptions) };
}

function lastResort(sinkOptions: SinkOptions): Streams {
  const sink = new Sink(descriptor(2), sinkOptions);
  return { server: sink, access: sink, app: sink, appError: sink };
}

function fileStreams(
  dir: string,
  rotation: RotateOptions | undefined,
  sinkOptions: SinkOptions,
): Streams {
  const opened: Sink[] = [];
  const openSink = (file: string): Sink => {
    const sink = new Sink(openFile(file, rotation, sinkOptions.onProblem), sinkOptions);
    opened.push(sink);
    return sink;
  };
  const { server, access, app, appError } = paths(dir);
  try {
    return {
      server: openSink(server),
      access: openSink(access),
      app: openSink(app),
      appError: openSink(appError),
    };
  } catch (error) {
    for (const sink of opened) sink.close();
    throw error;
  }
}

function openFile(
  file: string,
  rotation: RotateOptions | undefined,
  onProblem: OnProblem,
): LogFile {
  try {
    return new LogFile(file, rotation, onProblem);
  } catch (error) {
    throw new errors.RodentError(`Cannot write the log file "${file}": ${reason(error)}.`, {
      code: 'FILE',
      contextData: { file },
      cause: error,
    });
  }
}
