/** `rodent completion`: the script for a shell, and the words the script asks for. */

import yargs from 'yargs';

import * as errors from '../internal/errors/index.js';
import type { Command, Shell } from './command.js';

export const completion: Command = {
  flags: {},
  positionals: [{ name: 'shell', describe: 'bash or zsh; none: that of SHELL' }],
  examples: [
    ['rodent completion bash >> ~/.bashrc', 'bash'],
    ['rodent completion zsh >> ~/.zshrc', 'zsh'],
  ],
  run(args, { env }) {
    const { shell } = args;
    if (shell !== undefined && shell !== 'bash' && shell !== 'zsh') {
      throw new errors.RodentError('A completion script is for bash or zsh.', { code: 'USAGE' });
    }
    if (shell !== undefined) {
      env['SHELL'] = shell; // Where yargs looks, and there.
      delete env['ZSH_NAME'];
    }
    yargs().scriptName('rodent').showCompletionScript();
    return Promise.resolve(0);
  },
};

/** Prints the words that may follow `words` (the program's name first), one a line. */
export async function complete(words: readonly string[], shell: Shell): Promise<number> {
  const { COMMANDS } = await import('./index.js');
  const [, name, ...rest] = words;
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined || rest.length === 0) {
    for (const candidate of COMMANDS) shell.terminal.print(candidate.name);
    return 0;
  }
  const { flags } = await entry.load();
  for (const [flag, { hidden }] of Object.entries(flags)) {
    if (hidden !== true) shell.terminal.print(`--${flag}`);
  }
  return 0;
}
