/** The keys of the database: which one, how it is spoken to, and how the fleet is registered in it. */

export const DATABASE_KEYS = {
  database: {
    kind: 'enum',
    of: ['auto', 'embedded', 'off'],
    default: 'auto',
    flag: 'database',
    summary:
      'Which database; auto takes the configured server, else the embedded one where workers need it.',
  },
  'database.url': {
    kind: 'databaseUrl',
    default: '',
    secret: true,
    flag: 'database-url',
    variables: ['DATABASE_URL'],
    summary: 'Database as one URL; its parts beat the other database keys.',
  },
  'database.host': {
    kind: 'text',
    default: '',
    variables: ['PGHOST'],
    summary: 'Host of the database server, or the folder of its socket.',
  },
  'database.port': {
    kind: 'port',
    default: '',
    variables: ['PGPORT'],
    summary: 'Port of the database server.',
  },
  'database.user': {
    kind: 'text',
    default: '',
    variables: ['PGUSER'],
    summary: 'User of the database; the user "postgres" is refused.',
  },
  'database.password': {
    kind: 'text',
    default: '',
    secret: true,
    variables: ['PGPASSWORD'],
    summary: 'Password of the database user.',
  },
  'database.name': {
    kind: 'text',
    default: '',
    variables: ['PGDATABASE'],
    summary: 'Name of the database.',
  },
  'database.sslmode': {
    kind: 'enum',
    of: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
    default: 'prefer',
    variables: ['PGSSLMODE'],
    summary: 'How the connection to the database is encrypted.',
  },
  'database.replica': {
    kind: 'databaseUrl',
    default: '',
    secret: true,
    summary:
      'Copy of the database that serves what only reads; the database itself where it fails.',
  },
  'database.maxConnections': {
    kind: 'integer',
    default: '8',
    min: 1,
    max: 1000,
    summary: 'Most connections of each process to one database.',
  },
  'database.acquireTimeout': {
    kind: 'duration',
    default: '5s',
    min: 1,
    summary: 'Time to wait for a free or a new connection.',
  },
  'database.statementTimeout': {
    kind: 'duration',
    default: '30s',
    summary: 'Time after which the server ends a statement; 0 for never.',
  },
  'database.leakAfter': {
    kind: 'duration',
    default: '60s',
    summary:
      'Age at which a borrowed connection is reported with the place that borrowed it; 0 for never.',
  },
  'database.capacity': {
    kind: 'integer',
    default: '0',
    max: 10000,
    summary:
      'How many databases a process keeps open at once; 0 to reckon it from limits.memorySoft.',
  },
  'database.preload': {
    kind: 'list',
    default: '',
    flag: 'load-databases',
    summary: 'Databases that are opened at the start, which fails where one cannot be.',
  },
  'database.beat': {
    kind: 'duration',
    default: '10s',
    min: 50,
    max: 3_600_000,
    summary: 'How often the processes of this host tell the database that they live.',
  },
  'database.lostAfter': {
    kind: 'duration',
    default: '60s',
    min: 200,
    summary: 'Age of a heartbeat at which its process is held to be lost and its row is removed.',
  },
  migrate: {
    kind: 'boolean',
    default: 'no',
    from: ['flag', 'environment'],
    flag: 'migrate',
    summary: 'Brings the schema of a configured database up to date at the start.',
  },
} as const;
