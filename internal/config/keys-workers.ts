/** The keys of the supervisor and its workers: how many, when they are recycled, when given up. */

export const WORKERS_KEYS = {
  workers: {
    kind: 'workers',
    default: 'auto',
    max: 256,
    live: true,
    flag: 'workers',
    alias: ['w'],
    variables: ['WORKERS'],
    summary: 'Worker processes; auto: 2 x usable cores + 1, 4 at most; 0: one process does it all.',
  },
  'workers.spare': {
    kind: 'integer',
    default: '0',
    max: 16,
    summary: 'Booted workers that stand by, so that the death of one costs no boot time.',
  },
  'workers.startSeconds': {
    kind: 'duration',
    default: '1s',
    summary: 'How long a worker must have lived after it was ready to count as running.',
  },
  'workers.startRetries': {
    kind: 'integer',
    default: '10',
    summary: 'Failed starts in a row after which a worker is given up until the next reload.',
  },
  'workers.timeout': {
    kind: 'duration',
    default: '30s',
    summary:
      'Silence of its event loop after which a worker is diagnosed and killed; 0 for no limit.',
  },
  'limits.maxRequests': {
    kind: 'integer',
    default: '0',
    summary: 'Requests after which a worker is replaced by a fresh one; 0 for no limit.',
  },
  'limits.maxRequestsJitter': {
    kind: 'integer',
    default: '0',
    summary:
      'Up to so many requests more, chosen for each worker, so that they do not go together.',
  },
  'limits.memorySoft': {
    kind: 'size',
    default: '2GiB',
    live: true,
    summary:
      'Resident memory over which a worker is replaced once its requests are done; 0 for no limit.',
  },
  'limits.memoryHard': {
    kind: 'size',
    default: '0B',
    live: true,
    summary: 'Resident memory over which a worker is killed and replaced at once; 0 for no limit.',
  },
  'limits.cpuTime': {
    kind: 'duration',
    default: '0',
    live: true,
    summary: 'Processor time after which a worker is replaced by a fresh one; 0 for no limit.',
  },
  'limits.overdueGrace': {
    kind: 'duration',
    default: '30s',
    summary:
      'Time after its deadline in which a request must have ended before its worker is replaced.',
  },
  'probe.path': {
    kind: 'route',
    default: '',
    summary: 'Path of the application that each worker asks itself; empty for no probe.',
  },
  'probe.interval': {
    kind: 'duration',
    default: '10s',
    min: 50,
    summary: 'Time between two probes of a worker.',
  },
  'probe.timeout': {
    kind: 'duration',
    default: '5s',
    min: 50,
    summary: 'Time in which a probe must be answered with a status below 400.',
  },
  'probe.failures': {
    kind: 'integer',
    default: '3',
    min: 1,
    summary: 'Failed probes in a row after which a worker is replaced.',
  },
  'programs.dir': {
    kind: 'path',
    default: '',
    flag: 'programs-dir',
    summary:
      'Folder of the program definitions; empty for config/programs.d beside the home of the service.',
  },
} as const;
