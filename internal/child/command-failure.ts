/** Why a program could not be started, in one sentence. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';

/** What was to be started. */
export interface Attempt {
  /** The first word of the command. */
  readonly program: string;
  readonly directory: string;
  /** Undefined when it is the user of this process. */
  readonly uid: number | undefined;
}

/** The error of a start that the system refused with `cause`. */
export function startFailure(attempt: Attempt, cause: unknown): errors.RodentError {
  return failure(attempt.program, reasonOf(attempt, cause), cause);
}

/** What is wrong with the working folder; undefined when a program can be started in it. */
export function folderFailure(attempt: Attempt): errors.RodentError | undefined {
  const { program, directory, uid } = attempt;
  try {
    if (!fs.statSync(directory).isDirectory()) {
      return failure(program, `its folder "${directory}" is not a folder`);
    }
    // What another user may do shows only when that user tries.
    if (uid === undefined) fs.accessSync(directory, fs.constants.X_OK);
    return undefined;
  } catch (cause) {
    const isMissing = errors.hasCode(cause, 'ENOENT');
    const why = isMissing ? 'does not exist' : 'cannot be reached';
    return failure(program, `its folder "${directory}" ${why}`, cause);
  }
}

function failure(program: string, reason: string, cause?: unknown): errors.RodentError {
  return new errors.RodentError(`Cannot start "${program}": ${reason}.`, {
    code: 'START_FAILED',
    contextData: { program },
    cause,
  });
}

function reasonOf({ program, directory, uid }: Attempt, cause: unknown): string {
  const who = uid === undefined ? 'this user' : `the user ${uid}`;
  if (errors.hasCode(cause, 'ENOENT')) return missing(program);
  if (errors.hasCode(cause, 'EACCES')) {
    const folder = uid === undefined ? '' : `, or it may not enter the folder "${directory}"`;
    return `${program.includes('/') ? `${who} may not execute it` : unusable(who)}${folder}`;
  }
  if (errors.hasCode(cause, 'EPERM')) return `it may not be started as ${who}`;
  if (errors.hasCode(cause, 'ENOTDIR')) return 'a part of its path is not a folder';
  if (errors.hasCode(cause, 'E2BIG')) return 'its arguments and environment are too long';
  if (errors.hasCode(cause, 'EAGAIN')) return `the limit of processes of ${who} is reached`;
  return errors.describe(cause).replace(/\.$/, '');
}

/** The search goes on past what is closed, and EACCES is what it tells in the end. */
function unusable(who: string): string {
  return `there is no such program that ${who} may execute in the folders of its PATH`;
}

function missing(program: string): string {
  if (!program.includes('/')) return 'there is no such program in the folders of its PATH';
  return 'there is no such file, or the interpreter that its first line names is missing';
}
