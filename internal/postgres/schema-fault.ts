/** What it means when a function of rodent's own schema cannot be called. */

import * as errors from '../errors/index.js';

/** Source: PostgreSQL, "PostgreSQL Error Codes". */
const MISSING: readonly string[] = ['3F000', '42883', '42P01'];
const NOT_ALLOWED = '42501';

/**
 * Returns `error` of such a call in our words where the schema is missing (SCHEMA_MISMATCH) or closed to
 * this user (DATABASE_REFUSED); any other error as it is.
 */
export function schemaFault(error: unknown): unknown {
  if (MISSING.some((code) => errors.hasCode(error, code))) {
    return new errors.RodentError(
      'The database holds no registry, or an older one. Run "rodent db migrate".',
      { code: 'SCHEMA_MISMATCH', cause: error },
    );
  }
  if (errors.hasCode(error, NOT_ALLOWED)) {
    return new errors.RodentError(
      `The registry is closed to this user (${errors.describe(error)}). Grant it the role rodent_worker.`,
      { code: 'DATABASE_REFUSED', cause: error },
    );
  }
  return error;
}
