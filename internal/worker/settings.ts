/** What the files may say about the worker itself: keys with defaults. */

import type { Dictionary } from './dictionary.js';
import * as dictionary from './dictionary.js';

/** Levels of the log, the least severe first. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The level of a line of the log. */
export type Level = (typeof LEVELS)[number];

/** How a worker behaves; each is a key of `uniphant.conf`, in its spelling there. */
export interface Settings {
  /** `heartbeat_ms`: between two heartbeats; default 10,000. */
  readonly heartbeatMs: number;
  /** `lost_after_ms`: age of a heartbeat at which others may take the process for lost; default 60,000. */
  readonly lostAfterMs: number;
  /** `pause_ms`: between two calls of the worker function; default 1,000. */
  readonly pauseMs: number;
  /** `grace_ms`: what a call may take to return once the worker is told to stop; default 10,000. */
  readonly graceMs: number;
  /** `stop_timeout_ms`: how long `stop` waits before it kills; default 20,000. */
  readonly stopTimeoutMs: number;
  /**
   * `max_failures`: failures of the worker function in a row that end the worker, exit status 1; 0 for
   * never. Default: 5 for a worker that a supervisor started and will start again, else 0.
   */
  readonly maxFailures: number;
  /** Whether a supervisor started the worker, because the database asks for it; no key. */
  readonly isSupervised: boolean;
}

/** Reads the settings. @throws RodentError CONFIG_INVALID naming every one that is no number. */
export function settingsOf(config: Dictionary, isSupervised = false): Settings {
  const problems: string[] = [];
  const number = (key: string, standard: number, least: number): number => {
    const text = config[key];
    if (text === undefined) return standard;
    const value = /^\d{1,10}$/.test(String(text)) ? Number(text) : Number.NaN;
    if (value >= least) return value;
    problems.push(`${placeOf(config, key)}the key "${key}" needs a whole number from ${least} on`);
    return standard;
  };
  const settings = {
    heartbeatMs: number('heartbeat_ms', 10_000, 50),
    lostAfterMs: number('lost_after_ms', 60_000, 200),
    pauseMs: number('pause_ms', 1000, 0),
    graceMs: number('grace_ms', 10_000, 0),
    stopTimeoutMs: number('stop_timeout_ms', 20_000, 0),
    maxFailures: number('max_failures', isSupervised ? 5 : 0, 0),
    isSupervised,
  };
  if (problems.length > 0) throw dictionary.invalid(problems);
  return settings;
}

/** Reads the key `log_level`; default info. @throws RodentError CONFIG_INVALID for another word. */
export function levelOf(config: Dictionary): Level {
  const word = String(config['log_level'] ?? 'info').toLowerCase();
  const level = LEVELS.find((candidate) => candidate === word);
  if (level !== undefined) return level;
  const place = placeOf(config, 'log_level');
  throw dictionary.invalid([`${place}the key "log_level" is one of ${LEVELS.join(', ')}`]);
}

function placeOf(config: Dictionary, key: string): string {
  const origin = config[dictionary.ORIGINS]?.get(key);
  return origin === undefined ? '' : `${origin.file}:${origin.line}: `;
}
