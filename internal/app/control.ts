/** The routes of the control socket: what a command may ask of the service. */

import os from 'node:os';

import * as control from '../control/index.js';
import * as errors from '../errors/index.js';
import type * as instance from '../instance/index.js';
import type * as lifecycle from '../lifecycle/index.js';
import type { Journal } from './journal.js';
import { steps } from './progress.js';
import type { Staff, Tell } from './work.js';

export interface Desk {
  status(): instance.ServiceStatus;
  reload(request: instance.ReloadRequest, tell: Tell): Promise<instance.Reloaded>;
  /** Undefined for a service without a supervisor. */
  staff(): Staff | undefined;
  /** Begins the stop and returns at once. */
  stop(): void;
}

export interface OpenDeskOptions extends Desk {
  /** Path of the control socket. */
  readonly path: string;
  readonly journal: Journal;
}

/** Opens the control socket; nobody finds it before it is published. @throws RodentError FILE. */
export function openDesk(
  life: lifecycle.Lifecycle,
  options: OpenDeskOptions,
): Promise<control.Control> {
  return control.open(life, {
    path: options.path,
    publish: 'later',
    routes: createRoutes(options),
    onError: (error, route) => options.journal.error(error, { route }),
  });
}

/** Returns the routes by method and path. */
function createRoutes(desk: Desk): control.Routes {
  return {
    'GET /status': () => desk.status(),
    'POST /reload': ({ body }) => {
      const request = reloadOf(body);
      return steps((tell) => desk.reload(request, tell));
    },
    'POST /scale': ({ body }) => {
      const staff = staffOf(desk);
      const wanted = wantedOf(body, staff.wanted);
      return steps((tell) => scale(staff, wanted, tell));
    },
    'POST /programs': ({ body }) => {
      const staff = staffOf(desk);
      const request = programsOf(body);
      return steps((tell) => staff.programs(request, tell));
    },
    'POST /stop': () => {
      desk.stop();
      return { isStopping: true };
    },
  };
}

function staffOf(desk: Desk): Staff {
  const staff = desk.staff();
  if (staff !== undefined) return staff;
  throw new errors.RodentError(
    'This service has no supervisor: it runs in one process. Start it with "--workers auto" or a number.',
    { code: 'BAD_REQUEST' },
  );
}

async function scale(staff: Staff, wanted: number, tell: Tell): Promise<instance.Scaled> {
  const before = staff.wanted;
  tell(`from ${before} to ${wanted} workers`);
  await staff.scale(wanted);
  return { workers: staff.wanted, before };
}

function reloadOf(body: unknown): instance.ReloadRequest {
  const { mode = 'reload', askedAtMs = Date.now() } = isRecord(body) ? body : {};
  const isMode = mode === 'reload' || mode === 'restart';
  if (isMode && typeof askedAtMs === 'number') return { mode, askedAtMs };
  throw malformed('The mode of a reload is "reload" or "restart".');
}

function wantedOf(body: unknown, now: number): number {
  const { workers, by } = isRecord(body) ? body : {};
  const wanted = typeof by === 'number' ? now + by : workers;
  if (typeof wanted === 'number' && Number.isSafeInteger(wanted)) return wanted;
  throw malformed('The number of workers is a whole number.');
}

function programsOf(body: unknown): instance.ProgramsRequest {
  const { verb, names = [], signal } = isRecord(body) ? body : {};
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isVerb(verb) || !isNames) {
    throw malformed(`A program takes one of ${VERBS.join(', ')}, and a list of names.`);
  }
  if (verb !== 'signal') return { verb, names };
  if (isSignal(signal)) return { verb, names, signal };
  throw malformed(`There is no signal "${String(signal)}".`);
}

const VERBS: readonly instance.ProgramVerb[] = ['start', 'stop', 'restart', 'signal', 'update'];

function isVerb(value: unknown): value is instance.ProgramVerb {
  return VERBS.some((verb) => verb === value);
}

function isSignal(value: unknown): value is NodeJS.Signals {
  return typeof value === 'string' && Object.hasOwn(os.constants.signals, value);
}

function malformed(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'BAD_REQUEST' });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
