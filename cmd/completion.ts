/** `rodent completion`: the script for a shell, and the words the script asks for. */

import yargs from 'yargs';

import type { Command, Shell } from './command.js';

export const completion: Command = {
  flags: {},
  examples: [
    ['rodent completion >> ~/.bashrc', 'bash'],
    ['rodent completion >> ~/.zshrc', 'zsh'],
  ],
  run() {
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
