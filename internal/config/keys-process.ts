/** The keys of the process itself: what it runs, as whom, where its state lives, how it starts. */

export const PROCESS_KEYS = {
  app: {
    kind: 'path',
    default: '',
    flag: 'app',
    positional: true,
    summary:
      'Module of the service, its default export a fetch handler; empty for the built-in page.',
  },
  home: {
    kind: 'path',
    default: '$RODENT_HOME',
    from: ['environment', 'flag'],
    flag: 'home',
    common: true,
    summary:
      'Folder of the state of the service; .rodent beside the nearest rodent.conf or package.json.',
  },
  config: {
    kind: 'path',
    default: '',
    from: ['environment', 'flag'],
    flag: 'config',
    alias: ['c'],
    common: true,
    summary: 'Configuration file that beats the ones found by their place.',
  },
  save: {
    kind: 'boolean',
    default: 'no',
    from: ['flag'],
    flag: 'save',
    alias: ['s'],
    summary: 'Writes the values in effect to the configuration file, without secrets.',
  },
  detach: {
    kind: 'boolean',
    default: 'no',
    from: ['flag'],
    flag: 'detach',
    alias: ['d', 'detached'],
    summary: 'Runs the service in the background and returns once it is ready.',
  },
  watch: {
    kind: 'boolean',
    default: 'no',
    from: ['flag'],
    flag: 'watch',
    summary: 'Reloads the service whenever a file of it changes.',
  },
  stopAfterInit: {
    kind: 'boolean',
    default: 'no',
    from: ['flag'],
    flag: 'stop-after-init',
    summary: 'Starts the service without listening, stops it and exits with what came of it.',
  },
  'watch.paths': {
    kind: 'paths',
    default: '',
    summary: 'Files and folders that --watch looks at; empty for the folder of the app.',
  },
  user: {
    kind: 'text',
    default: '',
    flag: 'user',
    summary: 'User that the service becomes once its sockets are open; needs root.',
  },
  group: {
    kind: 'text',
    default: '',
    flag: 'group',
    summary:
      'Group that the service becomes once its sockets are open; empty for that of the user.',
  },
  allowRoot: {
    kind: 'boolean',
    default: 'yes',
    summary: 'Whether the service may run as root; it warns where it may.',
  },
  'start.timeout': {
    kind: 'duration',
    default: '60s',
    min: 1,
    summary: 'Time in which the service must say that it is ready.',
  },
  'reload.timeout': {
    kind: 'duration',
    default: '30s',
    min: 1,
    summary: 'Time in which the new generation of a reload must be ready.',
  },
  'stop.hookTimeout': {
    kind: 'duration',
    default: '5s',
    min: 1,
    summary: 'Time for each shutdown hook before it is named and passed over.',
  },
  'pid.file': {
    kind: 'path',
    default: '$RODENT_HOME/run/rodent.pid',
    flag: 'pid-file',
    common: true,
    summary: 'PID file; its lock keeps the service single.',
  },
  'control.socket': {
    kind: 'path',
    default: '$RODENT_HOME/run/control.sock',
    flag: 'control-socket',
    common: true,
    summary: 'Unix socket that the commands talk to the running service through.',
  },
  'data.dir': {
    kind: 'path',
    default: '$RODENT_HOME/data',
    flag: 'data-dir',
    summary: 'Folder for what the service keeps.',
  },
  'env.required': {
    kind: 'names',
    default: '',
    summary: 'Variables of the environment without which the service does not start.',
  },
} as const;
