/** A path that fits into the address of a unix socket. */

import { createHash } from 'node:crypto';
import path from 'node:path';

/** Bytes of `sun_path` without the closing NUL. Source: unix(7); macOS: sys/un.h. */
const LIMIT_BYTES: number = process.platform === 'darwin' ? 103 : 107;

/** Bytes of the longest temporary name that a socket is bound under before it is published. */
export const TEMPORARY_NAME_BYTES = 12;

/** Characters of a hash in a name: 80 bits, so that two paths do not meet. */
const HASH_CHARS = 20;

export interface SocketPathOptions {
  /** The user who owns the folder of long paths; default: that of this process. */
  readonly uid?: number;
  /** The user's runtime folder (XDG_RUNTIME_DIR); default: none. */
  readonly runtimeDir?: string | undefined;
  /** Where the per-user folder stands when there is no runtime folder; default `/tmp`. */
  readonly tmpDir?: string;
}

/**
 * Returns `preferred` made absolute when a socket can be bound there, else a name made from its hash
 * in a folder of the user's own. The same question always has the same answer.
 */
export function socketPath(preferred: string, options: SocketPathOptions = {}): string {
  const absolute = path.resolve(preferred);
  if (fits(absolute)) return absolute;
  const { uid = process.getuid?.() ?? 0, runtimeDir, tmpDir = '/tmp' } = options;
  const name = createHash('sha256').update(absolute).digest('hex').slice(0, HASH_CHARS);
  const inRuntime = runtimeDir === undefined ? undefined : path.join(runtimeDir, 'rodent', name);
  return inRuntime !== undefined && fits(inRuntime)
    ? inRuntime
    : path.join(tmpDir, `rodent-${uid}`, name);
}

/** Whether a socket can be bound at `file`, and under a temporary name beside it. */
export function fits(file: string): boolean {
  const folder = Buffer.byteLength(path.dirname(file)) + 1;
  const name = Math.max(Buffer.byteLength(path.basename(file)), TEMPORARY_NAME_BYTES);
  return folder + name <= LIMIT_BYTES;
}
