/**
 * Package migrations: the list of all migrations of rodent's own schema, in the order in which they are
 * applied. What is released is never changed: a change is another migration, at the end.
 */

import type * as postgres from '../postgres/index.js';
import * as registry from '../registry/index.js';

/** Every migration, the oldest first. */
export const ALL: readonly postgres.Migration[] = [...registry.MIGRATIONS];
