/** Putting changed live keys into use. */

import type * as config from '../config/index.js';
import type * as http from '../http/index.js';
import type * as log from '../log/index.js';
import type { Work } from './work.js';

export function applyToLog(opened: log.Log, next: config.Config): void {
  opened.setLevel(next.get('log.level'));
  opened.setRotation({
    sizeBytes: next.get('log.rotate.size'),
    keep: next.get('log.rotate.keep'),
  });
}

export function applyToServer(server: http.Server, next: config.Config): void {
  server.setLimits({
    bodyBytes: next.get('http.bodyLimit'),
    deadlineMs: next.get('limits.requestDeadline'),
    concurrency: next.get('limits.concurrency'),
  });
}

/** Puts `next` into use in the log and in the work of a service. */
export function applyTo(
  { log: opened, work }: { readonly log: log.Log; readonly work: Work },
  next: config.Config,
): void {
  applyToLog(opened, next);
  work.apply(next);
}
