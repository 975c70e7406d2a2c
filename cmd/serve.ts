/** `rodent serve`: runs a service, in the foreground or detached. */

import * as config from '../internal/config/index.js';
import type { Command } from './command.js';
import * as release from './release.js';

export const serve: Command = {
  flags: config.options('serve'),
  positionals: [
    { name: 'app', describe: 'Module whose default export answers requests; none: a small page' },
  ],
  examples: [
    ['rodent serve app.ts', 'in the foreground'],
    ['rodent serve app.ts --detached', 'in the background, back when it is ready'],
    ['rodent serve app.ts --watch', 'reloads when a source file changes'],
  ],
  async run(args, shell) {
    const app = await import('../internal/app/index.js');
    const { env, cwd, homeDir, uid, terminal, argv } = shell;
    return app.serve({
      read: { flags: config.fromArguments(args), env, cwd, homeDir },
      uid,
      terminal,
      version: release.read().version,
      program: { script: process.argv[1] ?? '', arguments: argv, execArgv: process.execArgv },
      isTerminal: process.stdout.isTTY,
      runtimeDir: env['XDG_RUNTIME_DIR'],
    });
  },
};
