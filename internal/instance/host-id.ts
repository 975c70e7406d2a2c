/** The id of the host, as the database knows it. */

import fs from 'node:fs';
import path from 'node:path';

import type * as config from '../config/index.js';
import * as host from '../host/index.js';
import * as scripts from '../scripts/index.js';

/**
 * Returns the id of the host that a service is, made when there is none: that of the worker scripts where
 * its project (the folder `root`) has some, else one in the service's own data.
 *
 * @throws RodentError FILE when the file holds something else.
 */
export function hostId(settings: config.Config, root: string): Promise<string> {
  const own = path.join(settings.get('data.dir'), 'host-id');
  const shared = path.join(root, '.host_id');
  if (!fs.existsSync(shared) && !scripts.hasAny(root)) return host.getOrCreateId(own);
  // A project that gets its first worker script stays the host that it was.
  const initial = fs.existsSync(own) ? { initial: fs.readFileSync(own, 'utf8').trim() } : {};
  return host.getOrCreateId(shared, initial);
}
