/** The body of a request, read with a limit. */

import type http from 'node:http';

import * as errors from '../errors/index.js';

/** Commands are small. */
const LIMIT_BYTES = 65_536;

/**
 * Returns the parsed JSON body of `request`; undefined when it is empty. Whatever its content type
 * says: `curl -d` calls everything a form.
 *
 * @throws RodentError BAD_REQUEST, BODY_TOO_LARGE.
 */
export async function read(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed on return: the answer that says why has to go out on the same socket.
  const stream: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : parse(Buffer.concat(chunks).toString('utf8'));
}

function tooLarge(): errors.RodentError {
  const detail = `The body is larger than ${LIMIT_BYTES} bytes.`;
  return new errors.RodentError(detail, { code: 'BODY_TOO_LARGE' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new errors.RodentError('The body is not JSON.', { code: 'BAD_REQUEST', cause });
  }
}
