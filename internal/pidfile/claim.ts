/** A lock that is ours: what may be written under it, how it is passed on, and how it ends. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';
import * as fault from './fault.js';
import * as file from './file.js';
import type { Paths } from './folder.js';
import * as identity from './identity.js';
import type { Held, LockFile, Rung } from './lock.js';
import type { Details, HolderRecord } from './record.js';
import * as record from './record.js';

/** What a successor needs of its predecessor. */
export interface Heir {
  /** Descriptors for `spawn`'s stdio array, one after the other, from any place after the standard three. */
  readonly stdio: readonly number[];
  /** What to tell the successor; `firstFd` is the place of the first descriptor in the stdio array. */
  inherited(firstFd: number): Inherited;
}

/** The successor's side of an Heir; survives JSON. */
export interface Inherited {
  /** The descriptors as the successor numbers them. */
  readonly fds: readonly number[];
}

/** What a Claim is made of. */
export interface Possession {
  readonly paths: Paths;
  readonly file: LockFile;
  readonly held: Held;
  /** The record that a dead predecessor left. */
  readonly previous: HolderRecord | undefined;
  /** Called inside the critical windows. */
  readonly pause: (window: string) => void;
}

interface Written {
  readonly path: string;
  readonly id: string;
  readonly text: string;
}

/**
 * The lock of a PID file, held by this process until `release` or its death.
 *
 * Nothing is visible before `publish`, which belongs after the signal handlers and the control socket.
 */
export class Claim {
  readonly rung: Rung;
  /** The resolved path of the PID file. */
  readonly path: string;
  /** What a holder that died without releasing had published: its workers may still live. */
  readonly previous: HolderRecord | undefined;
  readonly #its: Possession;
  readonly #nonce: string = crypto.randomUUID();
  readonly #startedAt: string = clock.utc();
  #pid: Written | undefined;
  #state: Written | undefined;
  #isReleased = false;

  constructor(possession: Possession) {
    this.#its = possession;
    this.rung = possession.file.rung;
    this.path = possession.paths.pid;
    this.previous = possession.previous;
  }

  /**
   * Writes the state file, then the PID file, each in one step. May be called again when the details
   * change.
   *
   * @throws RodentError PID_FILE when they cannot be written, or when the lock file was removed or
   *   exchanged. The first call then leaves nothing behind, the lock included; a later one leaves
   *   everything as it was.
   */
  publish(details: Details = {}): void {
    const isFirst = this.#state === undefined;
    try {
      this.#write(record.format(this.#describe(details), this.#its.paths.state));
    } catch (error) {
      if (isFirst) this.release();
      throw error;
    }
  }

  /** Whether the lock file at the path is still the one we hold; for the holder's periodic check. */
  isHeld(): boolean {
    if (this.#isReleased) return false;
    try {
      return file.idAt(this.#its.paths.lock) === this.#its.file.id && this.#its.held.isIntact();
    } catch {
      // The folder cannot even be searched any more.
      return false;
    }
  }

  /**
   * Prepares the hand-over to a successor, which calls `adopt`: the lock is never free in between, and
   * no third process gets it. May be called again when a successor failed. Release as usual when the
   * successor has published; what it published stays.
   */
  heir(): Heir {
    this.#its.held.makeRoom();
    const stdio = this.#its.held.fds;
    return { stdio, inherited: (firstFd) => ({ fds: stdio.map((_, place) => firstFd + place) }) };
  }

  /**
   * Removes the PID file and the state file where they are still ours, then lets the lock go; the lock
   * file stays. Never throws; a second call does nothing.
   */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const written of [this.#pid, this.#state]) {
      if (written !== undefined) file.removeOurs(written.path, written.id, written.text);
    }
    this.#its.pause('removed');
    this.#its.held.release();
    fs.closeSync(this.#its.file.fd);
  }

  #write(state: string): void {
    const { pause, paths } = this.#its;
    this.#demandHeld();
    pause('publishing');
    this.#state = write(paths.state, state, 0o600);
    pause('state written');
    if (this.#pid === undefined || file.idAt(paths.pid) !== this.#pid.id) {
      this.#pid = write(paths.pid, `${process.pid}\n`, 0o644);
    }
    // Whoever removed the lock file meanwhile may have let another in before our record could warn it.
    this.#demandHeld();
  }

  #demandHeld(): void {
    if (this.isHeld()) return;
    throw fault.refusal(
      'publish the PID file',
      this.path,
      'its lock file was removed or exchanged',
    );
  }

  #describe(details: Details): HolderRecord {
    const self = identity.identify(process.pid);
    if (self === undefined) throw new errors.RodentError('This process cannot find itself.');
    return {
      ...details,
      ...self,
      format: 1,
      host: os.hostname(),
      nonce: this.#nonce,
      rung: this.rung,
      folder: this.#its.paths.folderId,
      name: path.basename(this.path),
      startedAt: this.#startedAt,
    };
  }
}

function write(path: string, text: string, mode: number): Written {
  return { path, text, id: file.replace(path, text, mode) };
}
