/** What an exchange needs of the things around it. */

import type { Logger } from 'pino';

import type * as context from '../context/index.js';
import type { EndKind, RequestEnd } from './cause.js';
import type { Databases } from './databases.js';
import type { Limits } from './limits.js';
import type { ErrorInfo } from './record.js';

/** The server of a request; `E` is the class of its exchanges. */
export interface Surroundings<E> {
  readonly root: context.Context;
  readonly ends: Readonly<Record<EndKind, RequestEnd>>;
  readonly limits: Limits;
  readonly isDraining: boolean;
  /** Undefined for a service without a database. */
  readonly databases: Databases | undefined;
  bodyBytes(method: string, path: string): number;
  /** The logger of a request. @throws RodentError when the server was given none. */
  logOf(requestId: string): Logger;
  /** Takes note of an error that a handler threw. */
  report(error: unknown, info: ErrorInfo): void;
  /** Is told of answers that begin while it drains. */
  answering(exchange: E): void;
  /** Is told when the exchange is over. */
  closed(exchange: E): void;
}

/** A stream that can be asked to end between two chunks. */
export interface Pump {
  stop(): void;
}
