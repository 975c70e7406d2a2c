/** The keys of what the service writes down. */

export const LOG_KEYS = {
  'log.level': {
    kind: 'enum',
    of: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    live: true,
    flag: 'log-level',
    common: true,
    summary: 'Lowest level that is logged.',
  },
  'log.format': {
    kind: 'enum',
    of: ['auto', 'pretty', 'json'],
    default: 'auto',
    flag: 'log-format',
    summary: 'How log lines look; auto is pretty on a terminal and json elsewhere.',
  },
  'log.dir': {
    kind: 'path',
    default: '$RODENT_HOME/log',
    flag: 'log-dir',
    common: true,
    summary: 'Folder of the log files.',
  },
  'log.access': {
    kind: 'boolean',
    default: 'yes',
    live: true,
    summary: 'Whether each request is logged.',
  },
  'log.redact': {
    kind: 'list',
    default: '',
    summary: 'Names of further fields whose values never reach the log.',
  },
  'log.rotate.size': {
    kind: 'size',
    default: '50MiB',
    live: true,
    summary: 'Size at which a log file is rotated; 0 for never.',
  },
  'log.rotate.keep': {
    kind: 'integer',
    default: '10',
    max: 1000,
    live: true,
    summary: 'How many rotated files of each log are kept.',
  },
} as const;
