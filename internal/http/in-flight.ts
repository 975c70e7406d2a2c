/** Requests that are not over, as a report names them. */

import type { Exchange } from './exchange.js';
import type { InFlight } from './record.js';
import type { Session } from './session.js';

export function ofExchange(exchange: Exchange): InFlight {
  const { requestId, method, path, ageMs, isStream } = exchange;
  return { requestId, method, path, ageMs, kind: isStream ? 'stream' : 'request' };
}

export function ofSession({ requestId, method, path, ageMs }: Session): InFlight {
  return { requestId, method, path, ageMs, kind: 'websocket' };
}
