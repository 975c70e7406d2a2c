/** The variables by which systemd says where to tell it something, and how often it wants to hear. */

/** The variables of an environment, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the variables said. */
export interface Channel {
  /** A path, `@` and an abstract name, or whatever else systemd-notify understands. */
  readonly socket: string;
  /** Milliseconds within which a ping must come; undefined when none is wanted of this process. */
  readonly watchdogMs: number | undefined;
  /** What a successor needs in its environment to speak in our place. */
  readonly heir: Readonly<Record<string, string>>;
}

const SOCKET = 'NOTIFY_SOCKET';
const PERIOD = 'WATCHDOG_USEC';
const PROCESS = 'WATCHDOG_PID';

/**
 * Takes the variables out of `env`, so that no child takes them for its own; undefined without a socket.
 *
 * Source: sd_notify(3) and sd_watchdog_enabled(3), "unset_environment".
 */
export function take(env: Environment, pid: number): Channel | undefined {
  const { [SOCKET]: socket = '', [PERIOD]: period = '', [PROCESS]: owner = '' } = env;
  for (const name of [SOCKET, PERIOD, PROCESS]) Reflect.deleteProperty(env, name);
  if (socket === '') return undefined;
  const isOurs = owner === '' || owner === String(pid);
  const watchdogMs = isOurs ? millisecondsOf(period) : undefined;
  // Without WATCHDOG_PID: it would name us, and the successor's id is not known before it runs.
  const heir = { [SOCKET]: socket, ...(watchdogMs === undefined ? {} : { [PERIOD]: period }) };
  return { socket, watchdogMs, heir };
}

function millisecondsOf(period: string): number | undefined {
  const usec = /^\d{1,16}$/.test(period) ? Number(period) : 0;
  return usec > 0 ? usec / 1000 : undefined;
}
