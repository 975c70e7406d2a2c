/**
 * Package daemon: how a process is started out of sight and how it says that it stands.
 *
 * Its contract: whoever starts a process through this package learns the truth. `launch` returns when
 * the daemon said `ready`, and throws the daemon's own error when it did not; in that case nothing of
 * it is left running. `start` does the same for a successor that stays our child and inherits
 * descriptors. The started side calls `handshake` first thing, then `ready` or `failed`, once.
 *
 * A daemon has its own session and no terminal, stdin from /dev/null, stdout and stderr appended to
 * the given files, umask 027, the flags of node and the arguments of the command, and no descriptor
 * that it was not given. What stands in the environment for the handshake is removed by `handshake`,
 * so that no grandchild sees it.
 *
 * If the command goes away while it waits (Ctrl-C, kill -9, a lost connection), the start counts as
 * not done: `ready` rejects in the daemon, which then must end.
 *
 * What not to do: never pass a pid on without the pipe; never call `ready` before the service
 * listens; never spawn something with `process.env` before `handshake` was called.
 *
 * Source: daemon(7); seed 004 "Daemon Support" (R-ROD-21…25); prior art: Unicorn's ready_pipe,
 * tableflip's parent and child.
 */

export { daemonize } from './daemonize.js';
export type { DaemonizeOptions, Daemonized } from './daemonize.js';
export { handshake } from './handshake.js';
export type { Handshake } from './handshake.js';
export { actAs, dropPrivileges, resolveIdentity } from './identity.js';
export type { Identity, IdentityOptions } from './identity.js';
export { launch } from './launch.js';
export type { Launched, LaunchOptions } from './launch.js';
export { start } from './successor.js';
export type { Exit, Inheritance, StartOptions, Successor } from './successor.js';
