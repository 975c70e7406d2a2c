/** The service that is to start: its words, and the name that it has among others. */

import { createHash } from 'node:crypto';
import path from 'node:path';

import * as errors from '../errors/index.js';

/** A service as it is started in the foreground. */
export interface Service {
  /** The folder of its state, absolute: what tells it from other services. */
  readonly home: string;
  /** The folder that it starts in, absolute. */
  readonly dir: string;
  /** The program, absolute, and its words; one more, `--detached`, makes it go to the background. */
  readonly command: readonly string[];
  /** Milliseconds in which it is ready, or never. */
  readonly startMs: number;
  /** Milliseconds in which it has stopped, or hangs. */
  readonly stopMs: number;
}

const ID_CHARS = 12;
const NAME_CHARS = 40;

/** A text that only the entry of this service holds. */
export function markerOf(service: Pick<Service, 'home'>): string {
  return `# rodent boot ${idOf(service)}`;
}

/** The name of the service among all of the machine, e.g. `rodent-shop-1b2c3d4e5f60`. */
export function nameOf(service: Pick<Service, 'home'>): string {
  const { home } = service;
  const folder = path.basename(home) === '.rodent' ? path.dirname(home) : home;
  const word = path
    .basename(folder)
    .replaceAll(/[^\w.]+/g, '-')
    .slice(0, NAME_CHARS)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return `rodent-${word === '' ? 'service' : word}-${idOf(service)}`;
}

/**
 * Refuses what no crontab can hold, and no unit without tricks.
 *
 * @throws RodentError INIT_SYSTEM.
 */
export function check({ home, dir, command }: Service): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  const bad = [home, dir, ...command].find((word) => /[\u0000-\u001F\u007F]/.test(word));
  if (bad === undefined) return;
  throw new errors.RodentError(
    `Cannot start ${JSON.stringify(bad)} at boot: neither cron nor systemd takes control characters.`,
    { code: 'INIT_SYSTEM' },
  );
}

function idOf({ home }: Pick<Service, 'home'>): string {
  return createHash('sha256').update(home).digest('hex').slice(0, ID_CHARS);
}
