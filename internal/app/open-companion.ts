/** The database beside the work, for a service that has one: nothing of it is loaded for one that has none. */

import * as config from '../config/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type { Companion } from './companion.js';
import { databaseKind } from './database-place.js';
import type { Journal } from './journal.js';
import type { ServeOptions } from './options.js';

export interface OpenCompanionOptions {
  readonly config: () => config.Config;
  readonly serve: ServeOptions;
  readonly journal: Journal;
  /** That of this process: the first has no predecessor. */
  readonly generation: number;
  /** Called when a process of ours has come or gone. */
  readonly onChange: () => void;
}

/** Opens what stands beside the work; undefined for a service without a database. @throws as openDatabase. */
export async function openCompanion(
  life: lifecycle.Lifecycle,
  { config: settingsOf, serve, journal, generation, onChange }: OpenCompanionOptions,
): Promise<Companion | undefined> {
  const settings = settingsOf();
  const root = config.projectOf(serve.read) ?? serve.read.cwd;
  const kind = databaseKind(settings, root);
  if (kind === 'off') return undefined;
  const { openDatabase } = await import('./open-database.js');
  return openDatabase(life, {
    kind,
    settings,
    serve,
    journal,
    root,
    isSuccessor: generation > 1,
    observe: (event) => {
      journal.worker(event);
      if (event.type === 'WORKER_STARTED' || event.type === 'WORKER_ENDED') onChange();
    },
  });
}
