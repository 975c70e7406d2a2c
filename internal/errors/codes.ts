/** The codes of every error rodent throws, with what they mean to a shell and to an HTTP client. */

interface Meaning {
  /** Exit status of a command that ends with this error; design section 5. */
  readonly exit: number;
  /** HTTP status at the border of a request. */
  readonly http: number;
}

/** Every error code, with its exit status and its HTTP status. */
export const CODES = {
  /** The command line is wrong: unknown flag, missing argument. */
  USAGE: { exit: 2, http: 400 },
  /** A configuration value, key or file is wrong. */
  CONFIG_INVALID: { exit: 2, http: 500 },
  /** Another process holds the lock of this home. */
  ALREADY_RUNNING: { exit: 1, http: 409 },
  /** Nothing runs that the command could act on. */
  NOT_RUNNING: { exit: 1, http: 503 },
  /** The lock, the PID file or the folder that holds them cannot be used, or must not be trusted. */
  PID_FILE: { exit: 1, http: 500 },
  /** A signal cannot be sent, or must not be sent to that process. */
  SIGNAL_REFUSED: { exit: 1, http: 500 },
  /** The service could not start, for a reason that no other code names. */
  START_FAILED: { exit: 1, http: 500 },
  /** The service was started but did not say that it is ready in time. */
  NOT_READY: { exit: 1, http: 503 },
  /** The listening address is in use. */
  ADDRESS_IN_USE: { exit: 1, http: 500 },
  /** The port needs a privilege that this user lacks. */
  ADDRESS_PRIVILEGED: { exit: 1, http: 500 },
  /** The host name or address is not one of this machine. */
  ADDRESS_UNAVAILABLE: { exit: 1, http: 500 },
  /** The application's module cannot be found, throws on load or exports nothing usable. */
  APP_INVALID: { exit: 1, http: 500 },
  /** A file or folder cannot be read or written. */
  FILE: { exit: 1, http: 500 },
  /** A user or group does not exist, or the process may not become it. */
  IDENTITY: { exit: 1, http: 500 },
  /** A reload failed; the old generation goes on. */
  RELOAD_FAILED: { exit: 1, http: 500 },
  /** The service answers, but not as a healthy one. */
  UNHEALTHY: { exit: 1, http: 503 },
  /** The service did not stop in time. */
  STOP_TIMEOUT: { exit: 124, http: 504 },
  /** A hook or a piece of work failed while stopping. */
  SHUTDOWN_FAILED: { exit: 1, http: 500 },
  /** The context was cancelled. Go: context.Canceled. */
  CANCELED: { exit: 1, http: 499 },
  /** The context's deadline has passed. Go: context.DeadlineExceeded. */
  DEADLINE_EXCEEDED: { exit: 1, http: 504 },
  /** The request is malformed. */
  BAD_REQUEST: { exit: 1, http: 400 },
  /** What the request asks for does not exist. */
  NOT_FOUND: { exit: 1, http: 404 },
  /** The request's body is larger than the limit. */
  BODY_TOO_LARGE: { exit: 1, http: 413 },
  /** A peer that must not use this interface does. */
  FORBIDDEN: { exit: 1, http: 403 },
  /** A fault that nobody foresaw. */
  INTERNAL: { exit: 1, http: 500 },
} as const satisfies Record<string, Meaning>;

/** The name of an error's kind; stable, upper case, meant for programs. */
export type Code = keyof typeof CODES;

/** Returns the exit status (0–255) that a command ends with when it fails with `code`. */
export function exitStatus(code: Code): number {
  return CODES[code].exit;
}

/** Returns the HTTP status that stands for `code` at the border of a request. */
export function httpStatus(code: Code): number {
  return CODES[code].http;
}
