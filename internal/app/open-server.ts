/** The socket, the application and the server in front of it. */

import type * as config from '../config/index.js';
import * as context from '../context/index.js';
import * as errors from '../errors/index.js';
import * as http from '../http/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import { load } from './load.js';
import { page } from './page.js';
import { cacheDir } from './privileges.js';

export interface OpenServerOptions {
  /** The configuration in effect, which a reload may exchange. */
  readonly config: () => config.Config;
  readonly socket: Socket;
  readonly version: string;
  /** Awaited between the opening of the socket and the loading of the user's code. */
  readonly beforeApp: () => Promise<void>;
  /** The databases that handlers find in `env.databases`; asked for when the server opens. */
  readonly databases: () => http.Databases | undefined;
  /** Awaited when the application is loaded, before connections are accepted. Default: nothing. */
  readonly beforeServing?: () => Promise<void>;
  /** Whether the stop under way leaves the socket to a successor. */
  readonly isReplaced: () => boolean;
  /** The root of the loggers that handlers find in `env.log`. */
  readonly logger: NonNullable<http.OpenOptions['logger']>;
  readonly onRequest: (record: http.RequestRecord) => void;
  readonly onError: (error: unknown, info: http.ErrorInfo) => void;
}

/** Where to listen: a place to open, a descriptor that was inherited, or nowhere. */
export type Socket = http.ListenOptions | 'none';

export interface Web {
  readonly listener: http.Listener;
  readonly server: http.Server;
}

/**
 * Opens the socket, gives privileges up, loads the application and serves it. Without a socket the
 * application is loaded all the same.
 *
 * @throws RodentError ADDRESS_…, APP_INVALID, NOT_READY, IDENTITY.
 */
export async function openServer(
  life: lifecycle.Lifecycle,
  options: OpenServerOptions,
): Promise<Web | undefined> {
  const settings = options.config();
  const listener = options.socket === 'none' ? undefined : await openListener(life, options.socket);
  await options.beforeApp();
  const handler = await openApp(life, settings, options.version);
  await options.beforeServing?.();
  if (listener === undefined) return undefined;
  const server = await http.open(life, {
    listener,
    handler,
    ...serverOptions(options.config(), options),
  });
  return { listener, server };
}

/** Opens a listening socket that closes with the service. */
export async function openListener(
  life: lifecycle.Lifecycle,
  place: http.ListenOptions,
): Promise<http.Listener> {
  const listener = await http.listen(place);
  life.registerShutdownHook('listener', () => listener.close());
  return listener;
}

/** Where the service is to listen: on what it inherited, else at its address. */
export function socketOf(settings: config.Config, inherited: number | undefined): Socket {
  if (!settings.get('http.enabled') || settings.get('stopAfterInit')) return 'none';
  if (inherited !== undefined) return { fd: inherited };
  return { host: settings.get('http.host'), port: settings.get('http.port') };
}

async function openApp(
  life: lifecycle.Lifecycle,
  settings: config.Config,
  version: string,
): Promise<http.Handler> {
  const file = settings.get('app');
  if (file === undefined) {
    const { livePath, readyPath } = healthPaths(settings);
    return page({ version, livePath, readyPath });
  }
  const limitMs = settings.get('start.timeout');
  using ctx = context.withTimeout(life.ctx, limitMs);
  try {
    return http.adapt(await context.race(ctx, load(file, { cacheDir: cacheDir(settings) })));
  } catch (error) {
    if (!errors.hasCode(error, 'DEADLINE_EXCEEDED')) throw error;
    throw new errors.RodentError(
      `The application "${file}" is not ready: it has not finished loading within ${limitMs / 1_000} s.`,
      { code: 'NOT_READY', cause: error },
    );
  }
}

function serverOptions(
  settings: config.Config,
  options: OpenServerOptions,
): Omit<http.OpenOptions, 'listener' | 'handler'> {
  const cert = settings.get('http.tls.cert');
  const key = settings.get('http.tls.key');
  const ca = settings.get('http.tls.ca');
  return {
    limits: {
      headersMs: settings.get('http.headersTimeout'),
      requestMs: settings.get('http.requestTimeout'),
      keepAliveMs: settings.get('http.idleTimeout'),
      headerBytes: settings.get('http.maxHeaderSize'),
      bodyBytes: settings.get('http.bodyLimit'),
      deadlineMs: settings.get('limits.requestDeadline'),
      concurrency: settings.get('limits.concurrency'),
    },
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert, key, ...(ca === undefined ? {} : { ca }) } }),
    health: healthPaths(settings),
    drain: {
      // Read when the drain begins: the keys are live, and a reload gives idle clients more time.
      get idleMs() {
        return options.config().get(options.isReplaced() ? 'drain.idleOnReload' : 'drain.idle');
      },
      get streamMs() {
        return options.config().get('drain.stream');
      },
      get isShared() {
        return options.isReplaced();
      },
    },
    logger: options.logger,
    databases: options.databases(),
    onRequest: options.onRequest,
    onError: options.onError,
  };
}

function healthPaths(settings: config.Config): {
  readonly livePath: string;
  readonly readyPath: string;
} {
  return {
    livePath: settings.get('health.livePath') ?? '',
    readyPath: settings.get('health.readyPath') ?? '',
  };
}
