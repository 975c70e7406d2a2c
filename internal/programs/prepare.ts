/** What a program's process needs: its user, its variables and where its output goes. */

import type * as config from '../config/index.js';
import * as daemon from '../daemon/index.js';
import * as errors from '../errors/index.js';
import { Appender } from './appender.js';
import type { OnProblem } from './appender.js';
import type { Definition, Output } from './definition.js';
import { requireEnvironment } from './environment.js';

/** Takes output as it comes. */
export type Sink = (chunk: Buffer) => void;

/** What all programs share. */
export interface PrepareOptions {
  /** The variables of the service, which every program inherits. */
  readonly env: config.Environment;
  /** Where the output of a program with `inherit` goes; default: stdout and stderr of this process. */
  readonly inherit?: { readonly stdout: Sink; readonly stderr: Sink };
  /** Hears what goes wrong with a log file while the program runs; default: nobody. */
  readonly onProblem?: OnProblem;
}

/** A program that is ready to be started. Whoever starts it closes the logs after its end. */
export interface Prepared {
  /** Complete. */
  readonly env: config.Environment;
  /** Undefined: those of this process. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly stdout: Sink | 'ignore';
  readonly stderr: Sink | 'ignore';
  /** Opens the log files under their names again. */
  reopenLogs(): void;
  closeLogs(): void;
}

/**
 * Opens the logs of a program and finds out whom it runs as and with which variables: those of the
 * service, then HOME, USER and LOGNAME of its user when it has one, then its own, then its file's.
 *
 * @throws RodentError IDENTITY, CONFIG_INVALID or FILE; nothing is left open then.
 */
export function prepare(definition: Definition, options: PrepareOptions): Prepared {
  const { environment, environmentFile } = definition;
  const { uid, gid, variables } = identityOf(definition);
  const secrets = environmentFile === undefined ? {} : requireEnvironment(environmentFile);
  const env = { ...options.env, ...variables, ...environment, ...secrets };
  return { env, uid, gid, ...openLogs(definition, options) };
}

interface Identity {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly variables: config.Environment;
}

function identityOf({ name, user, group }: Definition): Identity {
  if (user === undefined && group === undefined) return SELF;
  const { uid, gid, ...account } = daemon.resolveIdentity({ user, group });
  if (process.geteuid?.() !== 0) {
    if (uid === process.geteuid?.() && gid === process.getegid?.()) return SELF;
    const whom = user === undefined ? `group "${group ?? ''}"` : `user "${user}"`;
    const detail = `Cannot start "${name}" as ${whom}: only root may change its user and group.`;
    throw new errors.RodentError(detail, { code: 'IDENTITY' });
  }
  if (user === undefined) return { uid, gid, variables: {} };
  const { name: login = String(uid), home = '/' } = account;
  return { uid, gid, variables: { HOME: home, USER: login, LOGNAME: login } };
}

const SELF: Identity = { uid: undefined, gid: undefined, variables: {} };

type Logs = Pick<Prepared, 'stdout' | 'stderr' | 'reopenLogs' | 'closeLogs'>;

function openLogs({ stdout, stderr, rotation }: Definition, options: PrepareOptions): Logs {
  const { inherit = OWN, onProblem = nobody } = options;
  const files = new Map<string, Appender>();
  const closeLogs = (): void => files.forEach((file) => file.close());
  const sinkOf = (output: Output, inherited: Sink): Sink | 'ignore' => {
    if (output.kind === 'inherit') return inherited;
    if (output.kind !== 'file') return 'ignore';
    // Both streams may go to one file: then one appender keeps their lines and its size together.
    const file = files.get(output.path) ?? new Appender(output.path, rotation, onProblem);
    files.set(output.path, file);
    return (chunk) => file.write(chunk);
  };
  try {
    const out = sinkOf(stdout, inherit.stdout);
    const same = stderr.kind === 'stdout';
    return {
      stdout: out,
      stderr: same ? out : sinkOf(stderr, inherit.stderr),
      reopenLogs: () => files.forEach((file) => file.reopen()),
      closeLogs,
    };
  } catch (error) {
    closeLogs();
    throw error;
  }
}

const OWN = {
  stdout: (chunk: Buffer): void => void process.stdout.write(chunk),
  stderr: (chunk: Buffer): void => void process.stderr.write(chunk),
};

function nobody(): void {
  // Whoever gives no listener does not want to know.
}
