/** What process listings show of a service. */

import path from 'node:path';

import type * as config from '../config/index.js';

/** Returns `rodent: worker http-1 [shop/app.ts]`. Source: R-SUP-5, R-INP-96. */
export function title(role: string, settings: config.Config): string {
  const app = settings.get('app');
  if (app === undefined) return `rodent: ${role}`;
  return `rodent: ${role} [${path.join(path.basename(path.dirname(app)), path.basename(app))}]`;
}
