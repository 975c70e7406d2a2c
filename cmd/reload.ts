/** `rodent reload`: the current configuration and code, without refusing a request. */

import * as instance from '../internal/instance/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { PLACE_FLAGS, PLACE_KEYS, loadConfig, placeOf } from './place.js';
import * as progress from './progress.js';

/** Beyond the service's own limit, so that its answer, not ours, tells what went wrong. */
export const MARGIN_MS = 10_000;

export const reload: Command = {
  flags: { ...PLACE_FLAGS, json: { describe: 'As JSON', type: 'boolean' } },
  async run(args, shell) {
    const done = await request(args, shell, 'reload');
    if (args['json'] === true) shell.terminal.json(done);
    else shell.terminal.print(sentence('Reloaded', done));
    return 0;
  },
};

/** Has the service reload or restart, shows its steps, and returns what came of it. */
export async function request(
  args: Arguments,
  shell: Shell,
  mode: instance.ReloadOptions['mode'],
): Promise<instance.Reloaded> {
  const loaded = loadConfig(args, shell, [...PLACE_KEYS, 'reload.timeout', 'workers.startSeconds']);
  const timeoutMs = loaded.get('reload.timeout') + loaded.get('workers.startSeconds') + MARGIN_MS;
  const place = await placeOf(loaded, shell);
  return progress.during(args['json'] === true ? 'silent' : 'everybody', (onProgress) =>
    instance.reload(place, { mode, timeoutMs, onProgress }),
  );
}

/** Says what came of it; `done` is what was done, in the past tense. */
export function sentence(
  done: 'Reloaded' | 'Restarted',
  { how, pid, changed, workers, generation }: instance.Reloaded,
): string {
  const keys = changed.length === 0 ? '' : ` Changed: ${changed.join(', ')}.`;
  switch (how) {
    case 'live':
      return `${done} in place; process ${pid} goes on.${keys}`;
    case 'successor':
      return `${done}; process ${pid} serves now.${keys}`;
    case 'workers':
      return `${done}; ${serving(workers, generation)} now.${keys}`;
    case 'asked':
      return `Asked process ${pid} to reload; the outcome is in its log.`;
  }
}

function serving(workers: number | undefined, generation: number | undefined): string {
  const which = generation === undefined ? '' : ` of generation ${generation}`;
  if (workers === undefined) return `fresh workers${which} serve`;
  return workers === 1 ? `1 worker${which} serves` : `${workers} workers${which} serve`;
}
