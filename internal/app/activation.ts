/** Sockets that an init system opened: systemd's protocol of socket activation. */

import type * as config from '../config/index.js';

/** The first descriptor that is passed; source: sd_listen_fds(3). */
const FIRST = 3;

/**
 * Returns the descriptor of the socket that was opened for this very process; undefined when there is
 * none. The variables are taken out of `env`, so that a child does not think they are meant for it.
 *
 * Source: R-INP-70; man sd_listen_fds(3).
 */
export function activatedSocket(env: config.Environment): number | undefined {
  const isForUs = env['LISTEN_PID'] === String(process.pid) && Number(env['LISTEN_FDS']) >= 1;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'])
    Reflect.deleteProperty(env, name);
  return isForUs ? FIRST : undefined;
}
