/** The sentences in which this package refuses: what it was doing, with which path, and why. */

import * as errors from '../errors/index.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is exceeded',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTSUP: 'its file system has no hard links',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

/** Makes the PID_FILE error `Cannot <action> "<path>": <reason>.`; the reason is a clause without a full stop. */
export function refusal(action: string, path: string, reason: string): errors.RodentError {
  return new errors.RodentError(`Cannot ${action} "${path}": ${reason}.`, {
    code: 'PID_FILE',
    contextData: { path },
  });
}

/** Makes the same error from what a system call threw; a RodentError is returned as it is. */
export function failure(action: string, path: string, cause: unknown): errors.RodentError {
  if (errors.isRodentError(cause)) return cause;
  const code = codeOf(cause);
  return new errors.RodentError(
    `Cannot ${action} "${path}": ${REASONS[code] ?? errors.describe(cause)}.`,
    { code: 'PID_FILE', contextData: { path, errno: code }, cause },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
