/** `rodent restart`: a fresh process; starts the service where none runs. */

import * as errors from '../internal/errors/index.js';
import type { Command } from './command.js';
import { request, sentence } from './reload.js';
import { serve } from './serve.js';

export const restart: Command = {
  flags: { ...serve.flags, json: { describe: 'What came of it as JSON', type: 'boolean' } },
  ...(serve.positionals === undefined ? {} : { positionals: serve.positionals }),
  async run(args, shell) {
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
      return serve.run({ ...args, detach: true }, shell);
    }
  },
};
