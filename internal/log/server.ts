/** rodent's own records through pino, in the same model as every other record. */

import { createRequire } from 'node:module';

import type pino from 'pino';

import { fromSeverity } from './level.js';
import type { Level, Threshold } from './level.js';
import { plain } from './plain.js';
import { toContext } from './record.js';
import type { Fields, Shape } from './record.js';
import type { Redactor } from './redact.js';

export interface ServerOptions {
  readonly level: Threshold;
  /** What stands in every record. */
  readonly base: Readonly<Record<string, string | number>>;
  /** Receives each line with its level. */
  readonly write: (line: string, level: Level) => void;
  readonly flush: () => void;
}

/**
 * Loads pino (some 40 ms of CPU, hence on first use only) and makes the logger. A child that was given
 * no level of its own follows the level of the logger, also when that changes later.
 */
export function createServer(shape: Shape, options: ServerOptions): pino.Logger {
  const createPino: typeof pino = createRequire(import.meta.url)('pino');
  const { redactor, stamp } = shape;
  const logger = createPino(
    {
      level: options.level,
      base: options.base,
      messageKey: 'detail',
      errorKey: 'error',
      timestamp: () => `,"timestamp":"${stamp()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields: Fields) => ({ ...toContext(fields, redactor) }),
      },
      serializers: {
        detail: (detail: unknown) => (typeof detail === 'string' ? redactor.text(detail) : detail),
        error: unchanged,
        err: unchanged,
      },
    },
    destination(options),
  );
  redactChildren(logger, redactor);
  return logger;
}

/** pino asks the formatter for the bindings of the root alone; children inherit this method. */
function redactChildren(logger: pino.Logger, redactor: Redactor): void {
  const { child } = Object.getPrototypeOf(logger);
  Object.defineProperty(logger, 'child', {
    value(this: pino.Logger, bindings: object, ...rest: unknown[]): unknown {
      return Reflect.apply(child, this, [plain(bindings, redactor), ...rest]);
    },
  });
}

/** pino's own serializer for errors would shape again what is shaped already. */
function unchanged(value: unknown): unknown {
  return value;
}

/** What pino writes to; it tells the level of each line when asked by its symbol. */
interface Destination extends pino.DestinationStream {
  lastLevel: number;
  flushSync(): void;
}

function destination(options: ServerOptions): Destination {
  const stream = {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write: (line: string) => options.write(line, fromSeverity(stream.lastLevel)),
    flushSync: options.flush,
  };
  return stream;
}
