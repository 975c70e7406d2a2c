/**
 * Package scripts: modules that Node runs as programs, whatever their language, and the tree of worker
 * scripts below a project's folder `workers`.
 *
 * Nothing is loaded or run here: names, types and flags only. The type of a worker script is its path
 * below `workers` with dots for slashes and without its extension: `workers/queue/take.ts` is
 * `queue.take`, `workers/fetch.v2.ts` is `fetch.v2`.
 *
 * Source: seed 001 sections 4.1 and 4.3; R-UNI-50.
 */

export { flagsFor, isNative } from './language.js';
export { find, hasAny } from './tree.js';
