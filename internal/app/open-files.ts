/** The files of a service: the lock that makes it the only one, and its log. */

import type * as config from '../config/index.js';
import * as lifecycle from '../lifecycle/index.js';
import type * as log from '../log/index.js';
import type * as pidfile from '../pidfile/index.js';
import { openLog } from './open-log.js';
import type { ServeOptions } from './options.js';
import * as privileges from './privileges.js';

export interface OpenFilesOptions {
  readonly config: config.Config;
  readonly serve: ServeOptions;
  readonly isDetached: boolean;
  /** A predecessor's lock, to be taken over. */
  readonly lock: pidfile.Inherited | undefined;
}

export interface Files {
  readonly claim: pidfile.Claim;
  readonly opened: log.Log;
}

/** Opens both as the user that the service becomes. @throws RodentError ALREADY_RUNNING, PID_FILE, FILE. */
export function openFiles(life: lifecycle.Lifecycle, options: OpenFilesOptions): Promise<Files> {
  const { config: settings, serve, isDetached, lock } = options;
  return privileges.asUser(settings, async () => {
    const claim = await lifecycle.ensureSingleInstance(life, settings.get('pid.file'), {
      publish: 'later',
      ...(lock === undefined ? {} : { inherited: lock }),
    });
    const opened = openLog(life, {
      config: settings,
      isDetached,
      isTerminal: serve.isTerminal,
      noColor: serve.read.env['NO_COLOR'],
    });
    return { claim, opened };
  });
}
