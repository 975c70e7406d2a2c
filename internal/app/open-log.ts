/** The log as the configuration wants it. */

import type * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import * as log from '../log/index.js';

export interface OpenLogOptions {
  readonly config: config.Config;
  readonly isDetached: boolean;
  readonly isTerminal: boolean;
  /** The value of NO_COLOR. */
  readonly noColor: string | undefined;
}

/**
 * Opens the log: into files when the service is detached or a folder was asked for, else on stdout. A
 * detached service's own prints go to its log as well.
 *
 * @throws RodentError FILE.
 */
export function openLog(life: lifecycle.Lifecycle, options: OpenLogOptions): log.Log {
  const { config: settings, isDetached, isTerminal } = options;
  const isFiled = isDetached || settings.source('log.dir').layer !== 'default';
  const format = settings.get('log.format');
  const opened = log.open({
    ...(isFiled ? { dir: settings.get('log.dir') } : {}),
    level: settings.get('log.level'),
    format: format === 'auto' ? (isTerminal ? 'pretty' : 'json') : format,
    color: isTerminal && (options.noColor ?? '') === '',
    rotate: { sizeBytes: settings.get('log.rotate.size'), keep: settings.get('log.rotate.keep') },
    redact: settings.get('log.redact'),
  });
  // Closed by `end`, when the last word about the stop is written.
  life.registerShutdownHook('log', () => opened.flush());
  // A reader that has gone must not end the service with an error of its own prints.
  if (!isDetached) for (const stream of [process.stdout, process.stderr]) stream.on('error', drop);
  if (isDetached) life.registerShutdownHook('stdio', log.captureStdio(opened));
  return opened;
}

function drop(): void {
  // The log counts what it could not write; the application's own prints are the application's.
}
