/** The work of a service, done by workers or by this process, as its configuration says. */

import type * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type * as log from '../log/index.js';
import { openAlone } from './alone.js';
import type { Journal } from './journal.js';
import { socketOf } from './open-server.js';
import type { ServeOptions } from './options.js';
import * as privileges from './privileges.js';
import { readPrograms } from './program-files.js';
import { staffing } from './staffing.js';
import type { Work } from './work.js';
import { openWorkforce } from './workforce.js';

export interface OpenWorkOptions {
  /** The configuration in effect, which a reload may exchange. */
  readonly config: () => config.Config;
  readonly serve: ServeOptions;
  readonly journal: Journal;
  readonly log: log.Log;
  readonly isDetached: boolean;
  /** That of this process. */
  readonly generation: number;
  /** Descriptor of an inherited listening socket. */
  readonly inherited: number | undefined;
  /** Has a fresh process take over. */
  readonly renew: (why: string) => Promise<unknown>;
  /** Called when a process of ours has come or gone. */
  readonly onChange: () => void;
}

/** Opens the socket, gives privileges up and starts the work. */
export async function openWork(life: lifecycle.Lifecycle, options: OpenWorkOptions): Promise<Work> {
  const { serve, journal, log: opened, inherited } = options;
  const settings = options.config();
  const socket = socketOf(settings, inherited);
  const drop = (): void => privileges.drop(settings);
  const isReplaced = (): boolean => life.cause?.kind === 'replaced';
  if (staffing(settings) > 0) {
    return openWorkforce(life, {
      config: settings,
      serve,
      socket,
      generation: options.generation,
      isDetached: options.isDetached,
      beforeWorkers: drop,
      isReplaced,
      observe: (event) => journal.worker(event),
      onProblem: (error) => journal.error(error),
      onChange: options.onChange,
    });
  }
  const ignored = readPrograms(settings, options).map(({ name }) => name);
  if (ignored.length > 0) {
    journal.record('warn', 'Programs need workers and are not started', { programs: ignored });
  }
  return openAlone(life, {
    config: options.config,
    journal,
    renew: options.renew,
    socket,
    version: serve.version,
    beforeApp: drop,
    isReplaced,
    logger: () => opened.server,
    onRequest: (record) => {
      if (options.config().get('log.access')) opened.access(record);
    },
    onError: (error, info) => journal.fault(error, info),
  });
}
