/** Where the commands find the service: the configuration of the folder they are called in. */

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
 * service leaves in its folders must not make root signal or believe anybody else.
 */
export async function placeOf(loaded: config.Config, shell: Shell): Promise<instance.Place> {
  const [user, group] = [loaded.get('user'), loaded.get('group')];
  if (user !== undefined || group !== undefined) {
    const daemon = await import('../internal/daemon/index.js');
    daemon.actAs({ user, group });
  }
  return {
    pidFile: loaded.get('pid.file'),
    socket: control.socketPath(loaded.get('control.socket'), {
      runtimeDir: shell.env['XDG_RUNTIME_DIR'],
    }),
  };
}
