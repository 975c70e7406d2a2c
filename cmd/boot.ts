/** `rodent boot`: has the service start whenever the machine does. */

import os from 'node:os';
import path from 'node:path';

import * as boot from '../internal/boot/index.js';
import * as config from '../internal/config/index.js';
import * as errors from '../internal/errors/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { PLACE_FLAGS, loadConfig } from './place.js';

/** As in `rodent status`: it is not there. */
const NOT_INSTALLED = 3;

export const bootCommand: Command = {
  flags: {
    ...PLACE_FLAGS,
    kind: { describe: 'What starts it', type: 'string', choices: ['systemd', 'cron'] },
    now: { describe: 'Start it by its new entry as well', type: 'boolean' },
    json: { describe: 'As JSON', type: 'boolean' },
  },
  positionals: [{ name: 'action', describe: 'install, uninstall or status', isRequired: true }],
  examples: [
    ['rodent boot install --now', 'a systemd unit where systemd runs, else a line for cron'],
    ['rodent boot status', 'exit status 0 installed, 3 not'],
  ],
  run(args, shell) {
    const action = ACTIONS[String(args['action'])];
    if (action !== undefined) return action(args, shell);
    const hint = config.suggestion(String(args['action']), Object.keys(ACTIONS));
    throw new errors.RodentError(
      `There is no action "${String(args['action'])}"; use install, uninstall or status.${hint}`,
      { code: 'USAGE' },
    );
  },
};

type Action = (args: Arguments, shell: Shell) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async install(args, shell) {
    const { terminal } = shell;
    const kind = kindOf(args['kind']);
    const loaded = loadConfig(args, shell); // All of it: a wrong one would fail at boot, unseen.
    for (const text of doubts(loaded)) terminal.warn(text);
    const done = await boot.install(serviceOf(loaded, shell), machineOf(shell), { kind });
    if (args['json'] === true) terminal.json(done);
    else terminal.print(`The service starts with the machine, by ${done.place}.`);
    if (args['now'] !== true) return 0;
    await done.start();
    terminal.note('Started it.');
    return 0;
  },

  async uninstall(args, shell) {
    const { terminal } = shell;
    const service = serviceOf(loadConfig(args, shell, KEYS), shell);
    const removed = await boot.uninstall(service, machineOf(shell));
    const places = removed.map(({ place }) => place).join(' and ');
    if (args['json'] === true) terminal.json(removed);
    else if (places === '') terminal.print('Nothing to remove: the service has no entry.');
    else terminal.print(`Removed the entry: ${places}. A service that runs goes on.`);
    return 0;
  },

  async status(args, shell) {
    const service = serviceOf(loadConfig(args, shell, KEYS), shell);
    const found = await boot.status(service, machineOf(shell));
    if (args['json'] === true) shell.terminal.json(found);
    else shell.terminal.print(describe(found));
    return found.isInstalled ? 0 : NOT_INSTALLED;
  },
};

/** What the entry is made of. */
const KEYS = [
  'config',
  'pid.file',
  'control.socket',
  'start.timeout',
  'drain.delay',
  'drain.grace',
] as const;

/** The keys that say which service it is, where the files do not: with their flags. */
const CARRIED = {
  config: '--config',
  'pid.file': '--pid-file',
  'control.socket': '--control-socket',
} as const;

function serviceOf(loaded: config.Config, { cwd }: Shell): boot.Service {
  const script = path.resolve(cwd, process.argv[1] ?? '');
  const carried = (['config', 'pid.file', 'control.socket'] as const).flatMap((key) => {
    const isGiven = ['flag', 'environment'].includes(loaded.source(key).layer);
    return isGiven ? [CARRIED[key], String(loaded.get(key))] : [];
  });
  const node = [process.execPath, ...process.execArgv];
  return {
    home: loaded.home,
    dir: cwd,
    command: [...node, script, 'serve', '--home', loaded.home, ...carried],
    startMs: loaded.get('start.timeout'),
    stopMs: loaded.get('drain.delay') + loaded.get('drain.grace'),
  };
}

function machineOf({ env, uid, homeDir }: Shell): boot.Machine {
  return { env, uid, homeDir, user: os.userInfo().username };
}

function kindOf(value: unknown): boot.Kind | undefined {
  if (value === undefined || value === 'systemd' || value === 'cron') return value;
  throw new errors.RodentError('The kind of an entry is systemd or cron.', { code: 'USAGE' });
}

/** Whether the words of the entry hold the key. */
function isCarried(key: config.Key): boolean {
  return key === 'home' || Object.hasOwn(CARRIED, key);
}

/** What works where the command is typed and would not at boot. */
function doubts(loaded: config.Config): readonly string[] {
  const lost = config.KEY_NAMES.filter(
    (key) => loaded.source(key).layer === 'environment' && !isCarried(key),
  ).map((key) => `${key} (${loaded.source(key).place})`);
  const variables = `There is no such environment at boot: ${lost.join(', ')}. Put it into rodent.conf.`;
  const app =
    'No "app" is configured, so that the built-in page is served. Put it into rodent.conf.';
  return [
    ...(lost.length === 0 ? [] : [variables]),
    ...(loaded.get('app') === undefined ? [app] : []),
  ];
}

function describe({ name, entries }: boot.Status): string {
  if (entries.length === 0) return 'not installed. Try "rodent boot install".';
  const lines = entries.map(({ place, isEnabled, isCurrent }) => {
    const state = isEnabled ? 'installed' : 'switched off';
    return `${state}: ${name}, by ${place}${isCurrent ? '' : ', not as "rodent boot install" would write it now'}.`;
  });
  return lines.join('\n');
}
