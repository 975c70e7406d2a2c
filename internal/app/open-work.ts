/** The work of a service, done by workers or by this process, as its configuration says. */

import type * as config from '../config/index.js';
import type * as http from '../http/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type * as log from '../log/index.js';
import { openAlone } from './alone.js';
import type { AloneOptions } from './alone.js';
import type { Companion } from './companion.js';
import type { Journal } from './journal.js';
import { openCompanion } from './open-companion.js';
import { openDatabases } from './open-databases.js';
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

export interface OpenedWork {
  readonly work: Work;
  /** Undefined for a service without a database. */
  readonly companion: Companion | undefined;
}

/** Opens the socket, gives privileges up, opens the database and starts the work. */
export async function openWork(
  life: lifecycle.Lifecycle,
  options: OpenWorkOptions,
): Promise<OpenedWork> {
  let companion: Companion | undefined;
  const onChange = (): void => {
    options.onChange();
    companion?.changed();
  };
  const work = await open(life, { ...options, onChange }, async () => {
    privileges.drop(options.config());
    companion = await openCompanion(life, { ...options, onChange });
    return companion;
  });
  await companion?.prepared();
  return { work, companion };
}

/** Opens what follows the socket. */
type Before = () => Promise<Companion | undefined>;

function open(life: lifecycle.Lifecycle, options: OpenWorkOptions, before: Before): Promise<Work> {
  const settings = options.config();
  if (staffing(settings) === 0) return openOne(life, options, before);
  return openWorkforce(life, {
    config: settings,
    serve: options.serve,
    socket: socketOf(settings, options.inherited),
    generation: options.generation,
    isDetached: options.isDetached,
    beforeWorkers: before,
    isReplaced: () => isReplaced(life),
    observe: (event) => options.journal.worker(event),
    onProblem: (error) => options.journal.error(error),
    onChange: options.onChange,
  });
}

function openOne(
  life: lifecycle.Lifecycle,
  options: OpenWorkOptions,
  before: Before,
): Promise<Work> {
  const { serve, journal, log: opened } = options;
  const settings = options.config();
  const ignored = readPrograms(settings, options).map(({ name }) => name);
  if (ignored.length > 0) {
    journal.record('warn', 'Programs need workers and are not started', { programs: ignored });
  }
  return openAlone(life, {
    config: options.config,
    journal,
    renew: options.renew,
    socket: socketOf(settings, options.inherited),
    version: serve.version,
    ...besideApp(life, options, before),
    isReplaced: () => isReplaced(life),
    logger: () => opened.server,
    onRequest: (record) => {
      if (options.config().get('log.access')) opened.access(record);
    },
    onError: (error, info) => journal.fault(error, info),
  });
}

/** Whether the stop under way leaves the socket to a successor. */
function isReplaced(life: lifecycle.Lifecycle): boolean {
  return life.cause?.kind === 'replaced';
}

/** The parts of a service in one process that its database gives it. */
function besideApp(
  life: lifecycle.Lifecycle,
  { config: settingsOf, journal }: OpenWorkOptions,
  before: Before,
): Pick<AloneOptions, 'beforeApp' | 'databases' | 'companion'> {
  let companion: Companion | undefined;
  let databases: http.Databases | undefined;
  return {
    beforeApp: async () => {
      companion = await before();
      if (companion !== undefined) {
        const { address } = companion;
        databases = await openDatabases(life, { settings: settingsOf(), address, journal });
      }
    },
    databases: () => databases,
    companion: () => companion,
  };
}
