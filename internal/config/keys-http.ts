/** The keys of what clients meet: the listener, requests, health, and how connections end. */

export const HTTP_KEYS = {
  'http.enabled': {
    kind: 'boolean',
    default: 'yes',
    flag: 'http',
    summary: 'Whether the service listens for HTTP at all; --no-http runs it without a listener.',
  },
  'http.host': {
    kind: 'host',
    default: '127.0.0.1',
    flag: 'host',
    summary: 'Host name or address of the interface to listen on; 0.0.0.0 or :: for all of them.',
  },
  'http.port': {
    kind: 'port',
    default: '8042',
    flag: 'port',
    alias: ['p'],
    variables: ['PORT'],
    summary: 'TCP port to listen on; 0 takes any free one.',
  },
  'http.bodyLimit': {
    kind: 'size',
    default: '1MiB',
    live: true,
    summary: 'Largest body of a request; a larger one is answered with 413.',
  },
  'http.maxHeaderSize': {
    kind: 'size',
    default: '16KiB',
    min: 1024,
    max: 1_048_576,
    summary: 'Largest total of the header lines of a request; a larger one is answered with 431.',
  },
  'http.headersTimeout': {
    kind: 'duration',
    default: '15s',
    summary: 'Time in which a client must have sent the headers of a request; 0 for no limit.',
  },
  'http.requestTimeout': {
    kind: 'duration',
    default: '60s',
    summary: 'Time in which a client must have sent a whole request; 0 for no limit.',
  },
  'http.idleTimeout': {
    kind: 'duration',
    default: '65s',
    summary: 'How long a keep-alive connection may wait for its next request.',
  },
  'http.requestIdHeader': {
    kind: 'header',
    default: 'x-request-id',
    summary: 'Header that carries the id of a request in and out.',
  },
  'http.tls.cert': {
    kind: 'path',
    default: '',
    flag: 'tls-cert',
    summary: 'Certificate chain in PEM form; together with http.tls.key it turns TLS on.',
  },
  'http.tls.key': {
    kind: 'path',
    default: '',
    flag: 'tls-key',
    summary: 'Private key in PEM form; the file must have mode 0600.',
  },
  'http.tls.ca': {
    kind: 'path',
    default: '',
    summary: 'Certificate authorities in PEM form that client certificates are checked against.',
  },
  'health.livePath': {
    kind: 'route',
    default: '/health',
    summary: 'Path that answers 200 while the process lives.',
  },
  'health.readyPath': {
    kind: 'route',
    default: '/ready',
    summary: 'Path that answers 200 while the service takes requests, 503 otherwise.',
  },
  'limits.requestDeadline': {
    kind: 'duration',
    default: '120s',
    live: true,
    summary: 'Time after which a request is answered with 503 and its context ends; 0 for none.',
  },
  'limits.concurrency': {
    kind: 'integer',
    default: '0',
    live: true,
    summary: 'Requests handled at the same time; more of them wait their turn; 0 for no limit.',
  },
  'drain.delay': {
    kind: 'duration',
    default: '0',
    summary: 'On stop, time to fail readiness with the listener still open, for load balancers.',
  },
  'drain.grace': {
    kind: 'duration',
    default: '25s',
    flag: 'grace',
    summary: 'On stop, time for everything together before what is left is cut off.',
  },
  'drain.idle': {
    kind: 'duration',
    default: '250ms',
    live: true,
    summary: 'On stop, time that idle keep-alive connections live on after the listener closed.',
  },
  'drain.idleOnReload': {
    kind: 'duration',
    default: '3s',
    live: true,
    summary: 'On reload, time that idle keep-alive connections to the old process live on.',
  },
  'drain.stream': {
    kind: 'duration',
    default: '5s',
    live: true,
    summary: 'On stop, time that event streams and WebSockets have to end after they were told.',
  },
} as const;
