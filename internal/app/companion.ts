/** What stands beside the work of a service: its database, and the workers that the database asks for. */

import type * as child from '../child/index.js';
import type * as context from '../context/index.js';
import type * as instance from '../instance/index.js';
import type * as postgres from '../postgres/index.js';
import type { Variables } from './database-variables.js';
import type { Work } from './work.js';

export interface Companion {
  /** Where the database is, or will be once its server runs. */
  readonly address: postgres.Address;
  /** Variables by which a program finds the embedded database; none holds a secret. */
  readonly variables: Variables;
  status(): instance.DatabaseStatus;
  /** The processes that it keeps. */
  workers(): readonly child.WorkerStatus[];
  /** Resolves when nothing speaks against a start any more. @throws RodentError what does. */
  prepared(): Promise<void>;
  /** Registers the processes of the service and keeps them registered; `work` is what runs. */
  begin(work: Work): void;
  /** Starts the workers that the database asks for, from now on. */
  start(ctx: context.Context): Promise<void>;
  /** Stops them; returns the names of those that had to be killed. */
  stop(ctx: context.Context): Promise<readonly string[]>;
  /** Stops one of `workers` in order, because the database says so; it is started again. */
  dismiss(worker: child.WorkerStatus): void;
  /** Has them run the current code. */
  renew(): Promise<void>;
  /** Tells the database of a change at once. */
  changed(): void;
  killAll(): void;
}
