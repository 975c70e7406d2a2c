/** Where the commands find the service: the configuration of the folder they are called in. */

import fs from 'node:fs';
import path from 'node:path';

import * as config from '../internal/config/index.js';
import type { Key } from '../internal/config/index.js';
import * as control from '../internal/control/index.js';
import type * as instance from '../internal/instance/index.js';
import type { Arguments, Flag, Shell } from './command.js';

/** Flags that every command takes: which service is meant. */
export const PLACE_FLAGS: Readonly<Record<string, Flag>> = config.options('common');

/** Loads what `keys` need; what is wrong with other keys must not keep a service from being stopped. */
export function loadConfig(args: Arguments, shell: Shell, keys?: readonly Key[]): config.Config {
  const { env, cwd, homeDir } = shell;
  const need = keys === undefined ? {} : { need: keys };
  return config.load({ flags: config.fromArguments(args), env, cwd, homeDir, ...need });
}

/** The keys that say where a service is found, and as whom to look for it. */
export const PLACE_KEYS = ['pid.file', 'control.socket', 'user', 'group'] as const;

/** Where the service that the words and the folder mean is found. */
export function findPlace(args: Arguments, shell: Shell): Promise<instance.Place> {
  return placeOf(loadConfig(args, shell, PLACE_KEYS), shell);
}

/**
 * The place that `loaded` names. Root then acts as the user that the service runs as: what such a
 * service leaves in its folders must not make root signal or believe anybody else. Without a word on
 * who that is (`serve --user` was a flag), it is whom the folder of the PID file belongs to.
 */
export async function placeOf(loaded: config.Config, shell: Shell): Promise<instance.Place> {
  const [user, group] = [loaded.get('user'), loaded.get('group')];
  const identity =
    user === undefined && group === undefined ? ownerOf(loaded, shell) : { user, group };
  if (identity !== undefined) {
    const daemon = await import('../internal/daemon/index.js');
    daemon.actAs(identity);
  }
  return {
    pidFile: loaded.get('pid.file'),
    socket: control.socketPath(loaded.get('control.socket'), {
      ...userId(),
      runtimeDir: shell.env['XDG_RUNTIME_DIR'],
    }),
  };
}

/** Whose service root looks at; undefined for its own. */
function ownerOf(
  loaded: config.Config,
  { uid }: Shell,
): { readonly user: string; readonly group: string } | undefined {
  if (uid !== 0) return undefined;
  const folder = fs.statSync(path.dirname(loaded.get('pid.file')), { throwIfNoEntry: false });
  if (folder === undefined || folder.uid === 0) return undefined;
  return { user: String(folder.uid), group: String(folder.gid) };
}

/** The user as whom this process acts, which is not always the one who called it. */
function userId(): { readonly uid?: number } {
  const uid = process.geteuid?.();
  return uid === undefined ? {} : { uid };
}
