/**
 * Package app: the only place where everything meets: `serve` from a configuration to a running
 * service and back down.
 *
 * Its contract: `serve` returns an exit status only for what ends before a service runs (a detached
 * start, an early refusal throws); otherwise it ends the process through `lifecycle.run`. Whatever is
 * opened registers its own shutdown hook in the next statement, so that closing order is opening order
 * reversed and a failed start rolls back by itself.
 */

export type { Program, ServeOptions } from './options.js';
export { checkPrograms } from './program-files.js';
export { serve } from './serve.js';
