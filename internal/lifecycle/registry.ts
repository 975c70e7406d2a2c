/** Everything that can be registered with a lifecycle. */

import type { PendingProvider } from './pending.js';
import { Registrations } from './registration.js';
import type { ReloadHandler } from './reload.js';
import type { Hook } from './runner.js';
import type { Canceller } from './stop.js';

/** One list of each kind. */
export interface Registry {
  readonly drains: Registrations<Hook>;
  readonly cancellers: Registrations<Canceller>;
  readonly hooks: Registrations<Hook>;
  readonly handlers: Registrations<ReloadHandler>;
  readonly providers: Registrations<PendingProvider>;
}

export function createRegistry(): Registry {
  return {
    drains: new Registrations(),
    cancellers: new Registrations(),
    hooks: new Registrations(),
    handlers: new Registrations(),
    providers: new Registrations(),
  };
}
