/** The embedded server: prepared, started, adopted. */

import fs from 'node:fs';
import path from 'node:path';

import * as child from '../child/index.js';
import type * as postgres from '../postgres/index.js';
import { accountOf } from './account.js';
import type { Account } from './account.js';
import { adopt } from './adopted.js';
import type { Base } from './adopted.js';
import { requireAnswer } from './answer.js';
import { prepareBinaries } from './binaries.js';
import { OWNER, prepareCluster } from './cluster.js';
import { asFault, attempt, fault } from './fault.js';
import { makeParents, makePrivate } from './folder.js';
import { locate } from './installation.js';
import type { Installation } from './installation.js';
import { openLog, wordsIn } from './log.js';
import { placeOf } from './place.js';
import type { Place } from './place.js';
import { endOrphans, findServer, removeStaleNote, whenStopped } from './postmaster.js';
import type { Running } from './postmaster.js';
import { ServerProcess } from './process.js';
import { canTether, commandOf, environment, versionOf } from './program.js';
import type { Programs } from './program.js';
import { argumentsFor } from './settings.js';

/** What a server is opened with. */
export interface Options {
  /** The folder of the database, as `<home>/data/postgres`; it may be missing. */
  readonly dir: string;
  /** Where the socket goes when its path in `dir` would be too long for the kernel. */
  readonly runtimeDir: string;
  /** The user of this process; default: the one that it has. */
  readonly uid?: number;
  /** Whom the server runs as when this process is root's; default `nobody`. */
  readonly user?: string;
  /** Where data and programs go that this user cannot reach; default /var/lib/rodent. */
  readonly stateDir?: string;
  /** The environment of PostgreSQL's programs, less the variables meant for PostgreSQL; default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: what `locate` finds. */
  readonly installation?: Installation;
  /** Gives what ends the server with this process; asked where the system cannot. Default: nobody does. */
  readonly guard?: () => child.Guard;
}

/** A PostgreSQL server that belongs to one home. */
export interface Server {
  /** Where it answers: a socket folder, a role, a database, a password file. No secret is in it. */
  readonly address: postgres.Address;
  /** Of PostgreSQL, as `18.4`; empty before `prepare`. */
  readonly version: string;
  /** Whether the server ends with this process, however that ends; known after `prepare`. */
  readonly isTethered: boolean;
  /**
   * Makes the programs fit to run and the cluster, when there is none; repeating it is harmless.
   *
   * @throws RodentError EMBEDDED_DATABASE, one sentence.
   */
  prepare(): Promise<void>;
  /**
   * Starts the server, or adopts the one that serves this folder already. Call `prepare` before, once.
   *
   * Ready when postmaster.pid names this very process and says so, and a client has had its answer.
   * `stop` is a fast shutdown, `kill` an immediate one. Never throws: what could not be started has no
   * pid, and its `exited` tells why.
   */
  start(): child.Process;
}

const STATE_DIR = '/var/lib/rodent';

/**
 * Opens the server of `dir`; nothing is started or written yet.
 *
 * @throws RodentError EMBEDDED_DATABASE, or IDENTITY, when it cannot run as that user.
 */
export function open(options: Options): Server {
  const account = accountOf(options.uid ?? process.geteuid?.() ?? -1, options.user);
  const place = placeOf({ ...options, stateDir: options.stateDir ?? STATE_DIR }, account);
  return new EmbeddedServer(options, account, place);
}

class EmbeddedServer implements Server {
  readonly address: postgres.Address;
  readonly #options: Options;
  readonly #account: Account;
  readonly #place: Place;
  #programs: Programs | undefined;
  #version = '';

  constructor(options: Options, account: Account, place: Place) {
    const { socketDir: host, passFile } = place;
    this.address = { host, user: OWNER, name: OWNER, passFile };
    this.#options = options;
    this.#account = account;
    this.#place = place;
  }

  get version(): string {
    return this.#version;
  }

  get isTethered(): boolean {
    return this.#programs?.isTethered ?? false;
  }

  async prepare(): Promise<void> {
    const [place, account] = [this.#place, this.#account];
    const installation = this.#options.installation ?? locate({ env: this.#options.env ?? {} });
    const env = environment(this.#options.env ?? {});
    const bin = await prepareBinaries(installation, account, place);
    const programs = { bin, account, env, isTethered: await canTether(env) };
    this.#version = await versionOf(programs);
    await prepareCluster(programs, place, this.#version);
    await attempt(
      `Cannot use the folder "${place.socketDir}" for the socket of the embedded database`,
      () => {
        makeParents(path.dirname(place.socketDir), account);
        makePrivate(place.socketDir, account);
      },
    );
    // One whose owner has just died is on its way out: it is not for adoption.
    await whenStopped(place.data);
    this.#programs = programs;
  }

  start(): child.Process {
    try {
      const running = findServer(this.#place.data);
      return running === undefined ? this.#start() : this.#adopt(running);
    } catch (cause) {
      const what = `Cannot start the embedded database in "${this.#place.root}"`;
      return child.notStarted(asFault(what, cause));
    }
  }

  #start(): child.Process {
    const [place, programs] = [this.#place, this.#programs];
    if (programs === undefined)
      throw fault('The embedded database is started before it is prepared.');
    removeStaleNote(place.data);
    endOrphans(place.data, place.name);
    const log = openLog(place.log);
    try {
      const { uid, gid, isOther } = this.#account;
      const started = child.startCommand({
        command: commandOf(programs, 'INT', ['postgres', ...argumentsFor(place)]),
        directory: place.data,
        env: programs.env,
        stdout: log.fd,
        stderr: log.fd,
        guard: programs.isTethered ? undefined : this.#options.guard?.(),
        ...(isOther ? { uid, gid } : {}),
      });
      return this.#keep(started, () => log.words());
    } finally {
      fs.closeSync(log.fd);
    }
  }

  #adopt(running: Running): child.Process {
    const { root, data, socketDir, log } = this.#place;
    const { pid, socketDir: its } = running;
    // While it starts, it has not said yet where its socket is.
    if (its !== '' && its !== socketDir) {
      throw fault(
        `Cannot use the embedded database in "${root}": process ${pid} serves it with its socket in "${its}", not in "${socketDir}"; stop that process first.`,
      );
    }
    return this.#keep(adopt(running, data), () => wordsIn(log));
  }

  #keep(base: Base, words: () => readonly string[]): child.Process {
    const { data, log } = this.#place;
    const answer = (): Promise<void> => requireAnswer(this.address, data);
    return new ServerProcess(base, { data, log, words, requireAnswer: answer });
  }
}
