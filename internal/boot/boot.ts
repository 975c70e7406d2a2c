/** Installing, removing and finding the entry of a service, whatever its kind. */

import fs from 'node:fs';

import * as errors from '../errors/index.js';
import { cron } from './cron.js';
import { placeOf } from './machine.js';
import type { Machine } from './machine.js';
import { check, nameOf } from './service.js';
import type { Service } from './service.js';
import { systemd } from './systemd.js';
import type { Found, Way } from './way.js';

/** What starts the service: a unit or a line of a crontab. */
export type Kind = 'systemd' | 'cron';

/** An entry that is there. */
export interface Entry extends Found {
  readonly kind: Kind;
}

/** Whether a service starts at boot. */
export interface Status {
  /** As in `systemctl status NAME`. */
  readonly name: string;
  /** Whether an entry starts it. */
  readonly isInstalled: boolean;
  /** Every entry of this service, also one that starts nothing; more than one only by hand. */
  readonly entries: readonly Entry[];
}

/** How to install. */
export interface InstallOptions {
  /** Default: systemd where it runs, else cron. */
  readonly kind?: Kind | undefined;
}

/** What `install` did. */
export interface Installed extends Entry {
  readonly name: string;
  /** Whether an entry of the other kind had to go. */
  readonly hasReplaced: boolean;
  /** Starts the service by its new entry, and resolves when it is ready; see `install`. */
  start(): Promise<void>;
}

const WAYS: Readonly<Record<Kind, Way>> = { systemd, cron };
const OTHER: Readonly<Record<Kind, Kind>> = { systemd: 'cron', cron: 'systemd' };

/**
 * Has `service` start whenever `machine` does; idempotent.
 *
 * @throws RodentError INIT_SYSTEM or FILE; things are then as they were.
 */
export async function install(
  service: Service,
  machine: Machine,
  options: InstallOptions = {},
): Promise<Installed> {
  check(service);
  const isBooted = fs.existsSync(placeOf(machine, '/run/systemd/system'));
  const kind = options.kind ?? (isBooted ? 'systemd' : 'cron');
  if (kind === 'systemd' && !isBooted) {
    throw new errors.RodentError('systemd does not run this machine; use "--kind cron".', {
      code: 'INIT_SYSTEM',
    });
  }
  const other = WAYS[OTHER[kind]];
  // What cannot be looked into cannot be cleared either; the new entry is wanted all the same.
  const old = await other.look(service, machine).catch(() => undefined);
  await WAYS[kind].install(service, machine);
  if (old !== undefined) await other.remove(service, machine);
  const found = await WAYS[kind].look(service, machine);
  if (found === undefined) {
    throw new errors.RodentError('The entry was written, and has gone again; try once more.', {
      code: 'INIT_SYSTEM',
    });
  }
  const start = (): Promise<void> => WAYS[kind].start(service, machine);
  return { ...found, kind, name: nameOf(service), hasReplaced: old !== undefined, start };
}

/**
 * Removes every entry of `service` and returns what there was. What runs goes on.
 *
 * @throws RodentError INIT_SYSTEM or FILE.
 */
export async function uninstall(service: Service, machine: Machine): Promise<readonly Entry[]> {
  const { entries } = await status(service, machine);
  for (const { kind } of entries) await WAYS[kind].remove(service, machine);
  return entries;
}

/**
 * Tells whether `service` starts at boot, and by what. Changes nothing.
 *
 * @throws RodentError INIT_SYSTEM or FILE when nothing is found and one place cannot be looked into.
 */
export async function status(service: Service, machine: Machine): Promise<Status> {
  const kinds = ['systemd', 'cron'] as const;
  const looks = await Promise.allSettled(kinds.map((kind) => WAYS[kind].look(service, machine)));
  const entries = looks.flatMap((look, index): Entry[] => {
    const kind = kinds[index];
    if (look.status === 'rejected' || look.value === undefined || kind === undefined) return [];
    return [{ ...look.value, kind }];
  });
  const failed = looks.find((look) => look.status === 'rejected');
  if (entries.length === 0 && failed !== undefined) throw errors.from(failed.reason);
  const isInstalled = entries.some(({ isEnabled }) => isEnabled);
  return { name: nameOf(service), isInstalled, entries };
}
