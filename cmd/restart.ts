/** `rodent restart`: a fresh process; starts the service where none runs. */

import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { findPlace } from './place.js';
import { request, sentence } from './reload.js';
import { serve } from './serve.js';

export const restart: Command = {
  flags: { ...serve.flags, json: { describe: 'What came of it as JSON', type: 'boolean' } },
  ...(serve.positionals === undefined ? {} : { positionals: serve.positionals }),
  async run(args, shell) {
    await refuseNewWords(args, shell);
    try {
      const done = await request(args, shell, 'restart');
      if (args['json'] === true) shell.terminal.json(done);
      else shell.terminal.print(sentence('Restarted', done));
      return 0;
    } catch (error) {
      if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
      shell.terminal.note('The service was not running; starting it.');
      // Asking was done as the service's user; starting it takes root again.
      if (shell.uid === 0) process.seteuid?.(0);
      if (shell.uid === 0) process.setegid?.(process.getgid?.() ?? 0);
      return serve.run({ ...args, detach: true }, { ...shell, argv: asServe(shell.argv) });
    }
  },
};

/** A running service keeps the words of its first start: others would be dropped in silence. */
async function refuseNewWords(args: Arguments, shell: Shell): Promise<void> {
  const common = new Set(Object.keys(config.options('common')));
  const given = Object.keys(config.fromArguments(args)).filter((flag) => !common.has(flag));
  if (given.length === 0) return;
  const { state } = await instance.status(await findPlace(args, shell));
  if (state !== 'running') return;
  const names = given.map((flag) => (flag === 'app' ? 'another app' : `--${flag}`)).join(', ');
  throw new errors.RodentError(
    `Cannot restart with ${names}: the running service keeps the words of its first start. Stop it and start it with the new ones, or write them into rodent.conf.`,
    { code: 'USAGE' },
  );
}

/** The words of this command as those of `serve`: the service starts its successors with them. */
function asServe(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('restart');
  const words = argv.filter((word) => word !== '--json');
  return at === -1 ? ['serve', ...words] : words.map((word, i) => (i === at ? 'serve' : word));
}
