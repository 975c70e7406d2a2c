/** The codes of every error rodent throws, with what they mean to a shell and to an HTTP client. */

/** The name of an error's kind; stable, upper case, meant for programs. */
export type Code =
  /** The command line is wrong: unknown flag, missing argument. */
  | 'USAGE'
  /** A configuration value, key or file is wrong. */
  | 'CONFIG_INVALID'
  /** Another process holds the lock of this home. */
  | 'ALREADY_RUNNING'
  /** Nothing runs that the command could act on. */
  | 'NOT_RUNNING'
  /** The lock, the PID file or the folder that holds them cannot be used, or must not be trusted. */
  | 'PID_FILE'
  /** A signal cannot be sent, or must not be sent to that process. */
  | 'SIGNAL_REFUSED'
  /** The service could not start, for a reason that no other code names. */
  | 'START_FAILED'
  /** The service was started but did not say that it is ready in time. */
  | 'NOT_READY'
  /** The listening address is in use. */
  | 'ADDRESS_IN_USE'
  /** The port needs a privilege that this user lacks. */
  | 'ADDRESS_PRIVILEGED'
  /** The host name or address is not one of this machine. */
  | 'ADDRESS_UNAVAILABLE'
  /** The application's module cannot be found, throws on load or exports nothing usable. */
  | 'APP_INVALID'
  /** systemd or cron, which start the service and watch it, refuse or are not there. */
  | 'INIT_SYSTEM'
  /** A file or folder cannot be read or written. */
  | 'FILE'
  /** A user or group does not exist, or the process may not become it. */
  | 'IDENTITY'
  /** A reload failed; the old generation goes on. */
  | 'RELOAD_FAILED'
  /** The service answers, but not as a healthy one. */
  | 'UNHEALTHY'
  /** The service did not stop in time. */
  | 'STOP_TIMEOUT'
  /** A hook or a piece of work failed while stopping. */
  | 'SHUTDOWN_FAILED'
  /** The context was cancelled. Go: context.Canceled. */
  | 'CANCELED'
  /** The context's deadline has passed. Go: context.DeadlineExceeded. */
  | 'DEADLINE_EXCEEDED'
  /** The database does not answer, or ended the connection. */
  | 'DATABASE_UNAVAILABLE'
  /** No connection became free in time. */
  | 'DATABASE_BUSY'
  /** The database refuses: a wrong password, a missing database or privilege, a statement that fails. */
  | 'DATABASE_REFUSED'
  /** The schema of the database is older or newer than this version needs, or was changed by hand. */
  | 'SCHEMA_MISMATCH'
  /** The embedded database cannot be used: no binaries for this platform, other files, a full disk. */
  | 'EMBEDDED_DATABASE'
  /** The request is malformed. */
  | 'BAD_REQUEST'
  /** What the request asks for does not exist. */
  | 'NOT_FOUND'
  /** The request's body is larger than the limit. */
  | 'BODY_TOO_LARGE'
  /** A peer that must not use this interface does. */
  | 'FORBIDDEN'
  /** A fault that nobody foresaw. */
  | 'INTERNAL';

interface Meaning {
  /** Exit status of a command that ends with this error; design section 5. */
  readonly exit: number;
  /** HTTP status at the border of a request. */
  readonly http: number;
}

const MEANINGS: Readonly<Record<Code, Meaning>> = {
  USAGE: { exit: 2, http: 400 },
  CONFIG_INVALID: { exit: 2, http: 500 },
  ALREADY_RUNNING: { exit: 1, http: 409 },
  NOT_RUNNING: { exit: 1, http: 503 },
  PID_FILE: { exit: 1, http: 500 },
  SIGNAL_REFUSED: { exit: 1, http: 500 },
  START_FAILED: { exit: 1, http: 500 },
  NOT_READY: { exit: 1, http: 503 },
  ADDRESS_IN_USE: { exit: 1, http: 500 },
  ADDRESS_PRIVILEGED: { exit: 1, http: 500 },
  ADDRESS_UNAVAILABLE: { exit: 1, http: 500 },
  APP_INVALID: { exit: 1, http: 500 },
  INIT_SYSTEM: { exit: 1, http: 500 },
  FILE: { exit: 1, http: 500 },
  IDENTITY: { exit: 1, http: 500 },
  RELOAD_FAILED: { exit: 1, http: 500 },
  UNHEALTHY: { exit: 1, http: 503 },
  STOP_TIMEOUT: { exit: 124, http: 504 },
  SHUTDOWN_FAILED: { exit: 1, http: 500 },
  CANCELED: { exit: 1, http: 499 },
  DEADLINE_EXCEEDED: { exit: 1, http: 504 },
  DATABASE_UNAVAILABLE: { exit: 1, http: 503 },
  DATABASE_BUSY: { exit: 1, http: 503 },
  DATABASE_REFUSED: { exit: 1, http: 500 },
  SCHEMA_MISMATCH: { exit: 1, http: 500 },
  EMBEDDED_DATABASE: { exit: 1, http: 500 },
  BAD_REQUEST: { exit: 1, http: 400 },
  NOT_FOUND: { exit: 1, http: 404 },
  BODY_TOO_LARGE: { exit: 1, http: 413 },
  FORBIDDEN: { exit: 1, http: 403 },
  INTERNAL: { exit: 1, http: 500 },
};

/** Returns the exit status (0 to 255) that a command ends with when it fails with `code`. */
export function exitStatus(code: Code): number {
  return MEANINGS[code].exit;
}

/** Returns the HTTP status that stands for `code` at the border of a request. */
export function httpStatus(code: Code): number {
  return MEANINGS[code].http;
}

/** Whether `text`, which came from another process, is a code that this version knows. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(MEANINGS, text);
}
