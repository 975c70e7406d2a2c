/** The start of a program that is a command. */

import * as child from '../child/index.js';
import * as errors from '../errors/index.js';
import type { Definition } from './definition.js';
import { prepare } from './prepare.js';
import type { PrepareOptions } from './prepare.js';

/** What a start needs beside the definition. */
export interface StartOptions extends PrepareOptions {
  /** Ends the program with this process, however this process ends; default: none. */
  readonly guard?: child.Guard;
}

/** A started program. */
export interface Program extends child.Process {
  /** Opens its log files under their names again, after somebody renamed them. */
  reopenLogs(): void;
}

/**
 * Starts a program that is a command. Never throws: what stands in the way (its user, its variables, a
 * log file, the command itself) is the error of its exit. Its log files are closed when it has ended.
 */
export function start(definition: Definition, options: StartOptions): Program {
  try {
    return started(definition, options);
  } catch (error) {
    return Object.assign(child.notStarted(errors.from(error)), { reopenLogs: nothing });
  }
}

function started(definition: Definition, options: StartOptions): Program {
  const { name, run, directory, readiness, umask } = definition;
  if (run.kind === 'script') {
    const detail = `The program "${name}" is a script: rodent runs it itself, not as a command.`;
    throw new errors.RodentError(detail);
  }
  const { env, uid, gid, stdout, stderr, ...logs } = prepare(definition, options);
  const { stopSignal, stopAsGroup, killAsGroup } = definition;
  const process = child.startCommand({
    command: run.words,
    directory,
    env,
    uid,
    gid,
    umask,
    stdout,
    stderr,
    stopSignal,
    stopAsGroup,
    killAsGroup,
    readiness: readiness === 'told' ? 'newline' : 'none',
    guard: options.guard,
  });
  void process.exited.then(() => logs.closeLogs());
  return Object.assign(process, { reopenLogs: () => logs.reopenLogs() });
}

function nothing(): void {
  // What was not started has no logs.
}
