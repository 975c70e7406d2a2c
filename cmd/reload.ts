/** `rodent reload`: the current configuration and code, without refusing a request. */

import * as instance from '../internal/instance/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { PLACE_FLAGS, PLACE_KEYS, loadConfig, placeOf } from './place.js';

/** Beyond the service's own limit, so that its answer, not ours, tells what went wrong. */
const MARGIN_MS = 10_000;

export const reload: Command = {
  flags: PLACE_FLAGS,
  async run(args, shell) {
    const done = await request(args, shell, 'reload');
    shell.terminal.print(sentence(done));
    return 0;
  },
};

/** Has the service reload or restart and returns what came of it. */
export async function request(
  args: Arguments,
  shell: Shell,
  mode: instance.ReloadOptions['mode'],
): Promise<instance.Reloaded> {
  const loaded = loadConfig(args, shell, [...PLACE_KEYS, 'reload.timeout']);
  const timeoutMs = loaded.get('reload.timeout') + MARGIN_MS;
  return instance.reload(await placeOf(loaded, shell), { mode, timeoutMs });
}

function sentence({ how, pid, changed }: instance.Reloaded): string {
  const keys = changed.length === 0 ? '' : ` Changed: ${changed.join(', ')}.`;
  switch (how) {
    case 'live':
      return `Reloaded in place; process ${pid} goes on.${keys}`;
    case 'successor':
      return `Reloaded; process ${pid} serves now.${keys}`;
    case 'asked':
      return `Asked process ${pid} to reload; the outcome is in its log.`;
  }
}
