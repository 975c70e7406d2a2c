/**
 * Package errors: one base error, few codes, and one table that maps a code to an exit status and an
 * HTTP status.
 *
 * Its contract: `detail` is a sentence a user may read (the action, active voice, values in quotes,
 * never a secret). `contextMsg` and `contextData` are for the log and never reach a client. A package
 * wraps what it catches at its border with `cause`. Nothing here logs, prints or exits.
 *
 * Source: seed 003 "Exception Handling"; R-NIN-8…12.
 */

export { exitStatus, httpStatus, isCode } from './codes.js';
export type { Code } from './codes.js';
export { RodentError, describe, from, hasCode, isRodentError } from './error.js';
export type { RodentErrorOptions } from './error.js';
