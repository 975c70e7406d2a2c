/** Connections that send something that is no request, or send it too slowly. */

import * as errors from '../errors/index.js';
import type { PublicError } from './reply.js';
import { REFUSALS } from './reply.js';

/** The answer to what Node's parser or its clock refused; undefined when nobody is there to read it. */
export function refusalOf(error: Error): PublicError | undefined {
  if (errors.hasCode(error, 'ECONNRESET') || errors.hasCode(error, 'EPIPE')) return undefined;
  if (errors.hasCode(error, 'HPE_HEADER_OVERFLOW')) return REFUSALS.headersTooLarge;
  if (errors.hasCode(error, 'HPE_CHUNK_EXTENSIONS_OVERFLOW')) return REFUSALS.tooLarge;
  if (errors.hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT')) return REFUSALS.timeout;
  return REFUSALS.badRequest;
}
