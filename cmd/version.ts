/** `rodent version`: what runs here. */

import type { Command } from './command.js';
import * as release from './release.js';

export const version: Command = {
  flags: {
    short: { describe: 'The version alone', type: 'boolean' },
    json: { describe: 'As JSON', type: 'boolean' },
  },
  run(args, { terminal }) {
    const { version: number, commit, builtAt } = release.read();
    const platform = `${process.platform} ${process.arch}`;
    if (args['short'] === true) terminal.print(number);
    else if (args['json'] === true) {
      terminal.json({ version: number, commit, builtAt, node: process.versions.node, platform });
    } else {
      const build =
        commit === undefined ? 'working tree' : `${commit.slice(0, 12)} of ${builtAt ?? '?'}`;
      terminal.print(`rodent ${number} (${build}), Node ${process.versions.node}, ${platform}`);
    }
    return Promise.resolve(0);
  },
};
