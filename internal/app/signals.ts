/** What signals mean to a service, beside those that the lifecycle handles itself. */

import type * as lifecycle from '../lifecycle/index.js';
import type { Staff } from './work.js';

export interface Signalled {
  reopenLogs(): void;
  restart(by: NodeJS.Signals): Promise<unknown>;
  diagnose(): void;
  /** Undefined without workers: there is nothing to add or remove. */
  staff(): Staff | undefined;
}

/** Source: design section 3; gunicorn and Odoo, R-SUP-40, R-INP-91. */
export function signalActions(service: Signalled): lifecycle.SignalActions {
  return {
    SIGUSR1: () => service.reopenLogs(),
    SIGUSR2: (signal) => service.restart(signal),
    SIGQUIT: () => service.diagnose(),
    // Unheard they would suspend the process.
    SIGTTIN: () => scale(service.staff(), 1),
    SIGTTOU: () => scale(service.staff(), -1),
    SIGXCPU: 'force',
  };
}

async function scale(staff: Staff | undefined, by: number): Promise<void> {
  if (staff !== undefined) await staff.scale(Math.max(1, staff.wanted + by));
}
