/** `rodent restart`: a fresh process; starts the service where none runs. */

import * as errors from '../internal/errors/index.js';
import type { Command } from './command.js';
import { request } from './reload.js';
import { serve } from './serve.js';

export const restart: Command = {
  flags: serve.flags,
  ...(serve.positionals === undefined ? {} : { positionals: serve.positionals }),
  async run(args, shell) {
    try {
      const { pid } = await request(args, shell, 'restart');
      shell.terminal.print(`Restarted; process ${pid} serves now.`);
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
