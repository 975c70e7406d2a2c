/** What a lock is to this package: the rung, the file that names it, and what holding it means. */

/**
 * A kind of lock that the kernel releases when its holder dies.
 *
 * `exlock`: the open flag O_EXLOCK of macOS and the BSDs. `flock`: flock(1) on our own descriptor, on
 * Linux. `sqlite`: BEGIN EXCLUSIVE of node:sqlite. `abstract`: a Linux socket name without a file.
 */
export type Rung = 'exlock' | 'flock' | 'sqlite' | 'abstract';

/** An open lock file. */
export interface LockFile {
  readonly path: string;
  /** Keeps the inode from being used again, and carries the rung `flock`. */
  readonly fd: number;
  /** Device and inode. */
  readonly id: string;
  readonly rung: Rung;
  /** 64 hexadecimal digits; a secret, for who knows it can take the rung `abstract`. */
  readonly nonce: string;
  /** The two databases that the rung `sqlite` locks. */
  readonly slots: readonly [string, string];
}

/** A lock that this process holds. */
export interface Held {
  /** The descriptors that carry the lock into a child; none for `sqlite`. */
  readonly fds: readonly number[];
  /** Whether what is locked is still what others would lock. */
  isIntact(): boolean;
  /** Lets a successor in, and nobody else, while this process holds on. */
  makeRoom(): void;
  release(): void;
}

/** What each rung can do. Nothing here waits for another holder. */
export interface Lock {
  /** Whether this Node on this machine can lock that way; `fd` is a file to try it on. */
  isUsable(fd: number): boolean;
  /** Takes the lock; undefined when another holds it. */
  take(lock: LockFile): Promise<Held | undefined>;
  /** Takes what a predecessor passed on or left room for; undefined when it is not to be had (yet). */
  inherit(lock: LockFile, fds: readonly number[]): Promise<Held | undefined>;
  /** Whether anybody holds the lock; asks with a shared lock where it must, and for a moment only. */
  isTaken(lock: LockFile): Promise<boolean>;
}
