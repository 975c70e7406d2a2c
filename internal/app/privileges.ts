/** Giving root up between the opening of the sockets and the loading of the user's code. */

import fs from 'node:fs';
import path from 'node:path';

import type * as config from '../config/index.js';
import * as daemon from '../daemon/index.js';

/**
 * Becomes the configured user and group, if there are any. What the service writes while it runs (PID
 * file, control socket, logs, data) is given to that user first; its code and configuration are not.
 *
 * @throws RodentError IDENTITY.
 */
export function drop(settings: config.Config): void {
  const identity = { user: settings.get('user'), group: settings.get('group') };
  if (identity.user === undefined && identity.group === undefined) return;
  if (process.geteuid?.() === 0) give(settings, daemon.resolveIdentity(identity));
  daemon.dropPrivileges(identity);
}

function give(settings: config.Config, { uid, gid }: daemon.Identity): void {
  const folders = [
    path.dirname(settings.get('pid.file')),
    path.dirname(settings.get('control.socket')),
    settings.get('log.dir'),
    settings.get('data.dir'),
    path.join(settings.home, 'cache'),
  ];
  for (const folder of new Set(folders)) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.lchownSync(folder, uid, gid);
    for (const name of fs.readdirSync(folder)) fs.lchownSync(path.join(folder, name), uid, gid);
  }
}
