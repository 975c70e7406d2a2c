/** The list of all faults. */

import { RELOAD_FAULTS } from './faults-reload.js';
import { SUPERVISOR_FAULTS } from './faults-supervisor.js';
import { WORKER_FAULTS } from './faults-workers.js';
import type { Fault } from './scene.js';

export const FAULTS: readonly Fault[] = [...WORKER_FAULTS, ...RELOAD_FAULTS, ...SUPERVISOR_FAULTS];
