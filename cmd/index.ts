/** Package cmd: the list of commands. A new command is a new file and one line here. */

import type { Entry } from './command.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'serve',
    aliases: ['server'],
    summary: 'Run a service (the default command)',
    load: async () => (await import('./serve.js')).serve,
  },
  {
    name: 'stop',
    summary: 'Stop the service and wait until it has gone',
    load: async () => (await import('./stop.js')).stop,
  },
  {
    name: 'restart',
    summary: 'Replace the service by a fresh process; the port stays open',
    load: async () => (await import('./restart.js')).restart,
  },
  {
    name: 'reload',
    summary: 'Use the current configuration and code without refusing a request',
    load: async () => (await import('./reload.js')).reload,
  },
  {
    name: 'status',
    summary: 'Tell whether the service runs; 0 running, 1 dead, 3 not running, 4 unknown',
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'ps',
    summary: 'Show the processes of all hosts that share the database, or have one leave',
    load: async () => (await import('./ps.js')).ps,
  },
  {
    name: 'scale',
    summary: 'Serve with more or fewer workers: 4, +1, -1',
    load: async () => (await import('./scale.js')).scale,
  },
  {
    name: 'program',
    summary: 'Show, start, stop, restart, signal or update the programs that the service keeps',
    load: async () => (await import('./program.js')).program,
  },
  {
    name: 'worker',
    summary: 'Start, stop, list, scale or end the worker scripts of this host',
    load: async () => (await import('./worker.js')).worker,
  },
  {
    name: 'health',
    summary: 'Ask the running service whether it is healthy',
    load: async () => (await import('./health.js')).health,
  },
  {
    name: 'logs',
    summary: 'Show or follow the log',
    load: async () => (await import('./logs.js')).logs,
  },
  {
    name: 'db',
    summary:
      'Bring the schema of the database up to date, show it, or see where it is and whether it answers',
    load: async () => (await import('./db.js')).db,
  },
  {
    name: 'boot',
    summary: 'Have the service start with the machine, by systemd or cron',
    load: async () => (await import('./boot.js')).bootCommand,
  },
  {
    name: 'config',
    summary: 'Print, check, explain or get the configuration',
    load: async () => (await import('./config.js')).configCommand,
  },
  {
    name: 'version',
    summary: 'Show version, commit and platform',
    load: async () => (await import('./version.js')).version,
  },
  {
    name: 'completion',
    summary: 'Print a completion script for bash or zsh',
    load: async () => (await import('./completion.js')).completion,
  },
];
