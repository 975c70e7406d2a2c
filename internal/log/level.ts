/** The levels of a record, in pino's words and numbers. */

/** The level of a record, from the least to the most severe. */
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The least severe level that is written; `silent` writes nothing. */
export type Threshold = Level | 'silent';

const SEVERITIES: Readonly<Record<Threshold, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** Every level, from the least to the most severe. */
const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Returns the number that orders levels; larger is more severe. */
export function severity(level: Threshold): number {
  return SEVERITIES[level];
}

/** Returns the level that a severity stands for; numbers between two levels count as the lower one. */
export function fromSeverity(value: number): Level {
  return LEVELS.findLast((level) => SEVERITIES[level] <= value) ?? 'trace';
}
