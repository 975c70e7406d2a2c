/** Requests whose handlers go on although they have been answered at their deadline. */

import type * as config from '../config/index.js';
import type * as http from '../http/index.js';

/** Returns those that are past deadline and grace, as `GET /report (130.2 s)`. */
export function overdueOf(server: http.Server, settings: config.Config): readonly string[] {
  const limitMs = settings.get('limits.requestDeadline') + settings.get('limits.overdueGrace');
  return server
    .overdue()
    .filter(({ ageMs }) => ageMs > limitMs)
    .map(({ method, path, ageMs }) => `${method} ${path} (${(ageMs / 1_000).toFixed(1)} s)`);
}
