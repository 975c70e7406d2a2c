/** `rodent config`: what the service is told, by whom, and whether it makes sense. */

import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { loadConfig } from './place.js';
import { serve } from './serve.js';

export const configCommand: Command = {
  flags: { ...serve.flags, json: { describe: 'As JSON', type: 'boolean' } },
  positionals: [
    { name: 'action', describe: 'print, check, explain or get', isRequired: true },
    { name: 'key', describe: 'A key, for explain and get; explain without one explains all' },
  ],
  examples: [
    ['rodent config explain http.port', 'its value, and the file and line it came from'],
    ['rodent config check -c next.conf', 'every problem at once; exit status 2 if there is one'],
  ],
  run(args, shell) {
    const action = ACTIONS[String(args['action'])];
    if (action !== undefined) return Promise.resolve(action(args, shell));
    const hint = config.suggestion(String(args['action']), Object.keys(ACTIONS));
    throw new errors.RodentError(
      `There is no action "${String(args['action'])}"; use print, check, explain or get.${hint}`,
      { code: 'USAGE' },
    );
  },
};

type Action = (args: Arguments, shell: Shell) => number | Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  print(args, shell) {
    const loaded = loadConfig(args, shell);
    if (args['json'] === true) shell.terminal.json(config.toJson(loaded));
    else shell.terminal.print(config.print(loaded).trimEnd());
    return 0;
  },

  async check(args, shell) {
    const { env, cwd, homeDir, terminal } = shell;
    const flags = config.fromArguments(args);
    const reading = config.read({ flags, env, cwd, homeDir });
    const app = await import('../internal/app/index.js');
    const problems = [
      ...reading.problems,
      ...app.checkPrograms(reading.config, { env, cwd, homeDir }),
    ];
    const { files } = reading.config;
    if (args['json'] === true) terminal.json({ files, problems });
    else if (problems.length > 0) throw config.invalid(problems);
    else terminal.print(`The configuration is valid. Files: ${files.join(', ') || 'none'}.`);
    return problems.length === 0 ? 0 : 2;
  },

  explain(args, shell) {
    const loaded = loadConfig(args, shell);
    const keys = args['key'] === undefined ? config.KEY_NAMES : [requireKey(args)];
    const explanations = keys.map((key) => config.explain(loaded, key));
    if (args['json'] === true) shell.terminal.json(explanations);
    else for (const one of explanations) shell.terminal.print(config.formatExplanation(one));
    return 0;
  },

  get(args, shell) {
    const key = requireKey(args);
    const loaded = loadConfig(args, shell);
    if (args['json'] === true) shell.terminal.json(config.explain(loaded, key).value);
    else shell.terminal.print(config.explain(loaded, key).value);
    return 0;
  },
};

function requireKey(args: Arguments): config.Key {
  if (typeof args['key'] === 'string') return config.requireKey(args['key']);
  throw new errors.RodentError('Name a key, e.g. "rodent config get http.port".', {
    code: 'USAGE',
  });
}
