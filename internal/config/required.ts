/** Variables of the environment that the service cannot do without. */

import * as errors from '../errors/index.js';
import type { Config } from './config.js';
import type { Environment } from './home.js';

/**
 * Returns when every variable that `env.required` names is set and not empty.
 *
 * @throws RodentError START_FAILED naming all that are missing at once. Source: R-NIN-53, W-NIN-20.
 */
export function requireVariables(config: Config, env: Environment): void {
  const missing = config.get('env.required').filter((name) => (env[name] ?? '') === '');
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(', ');
  const noun = missing.length === 1 ? 'variable' : 'variables';
  throw new errors.RodentError(
    `Cannot start: the environment lacks the ${noun} ${names}, which ${config.source('env.required').place} requires.`,
    { code: 'START_FAILED', contextData: { missing } },
  );
}
