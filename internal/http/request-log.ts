/** The logger that a handler finds in its Env. */

import type { Logger } from 'pino';

import * as errors from '../errors/index.js';

/**
 * Returns a child of what `logger` returns that writes the request's id with every record.
 *
 * @throws RodentError INTERNAL when the server was opened without a logger.
 */
export function childOf(logger: (() => Logger) | undefined, requestId: string): Logger {
  if (logger !== undefined) return logger().child({ request_id: requestId });
  throw new errors.RodentError('This server was opened without a logger.');
}
