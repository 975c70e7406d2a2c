/** Why the context of a request ended. */

import * as errors from '../errors/index.js';

/** What ended a request, or asks its stream to end. */
export type EndKind = 'client-gone' | 'answered' | 'draining' | 'deadline' | 'cut';

const TEXTS: Readonly<Record<EndKind, string>> = {
  'client-gone': 'The client closed the connection.',
  answered: 'The response is finished.',
  draining: 'The server is draining: the stream is asked to end.',
  deadline: 'The request ran past its deadline.',
  cut: 'The time to drain is over: the request is cut.',
};

/** The cause that the context and the signal of a request are cancelled with. */
export class RequestEnd extends errors.RodentError {
  override readonly name: string = 'RequestEnd';
  readonly kind: EndKind;

  constructor(kind: EndKind) {
    super(TEXTS[kind], { code: kind === 'deadline' ? 'DEADLINE_EXCEEDED' : 'CANCELED' });
    this.kind = kind;
  }
}

/** One per kind and server: a stack trace of the place that cancels says nothing, and costs. */
export function createEnds(): Readonly<Record<EndKind, RequestEnd>> {
  return {
    'client-gone': new RequestEnd('client-gone'),
    answered: new RequestEnd('answered'),
    draining: new RequestEnd('draining'),
    deadline: new RequestEnd('deadline'),
    cut: new RequestEnd('cut'),
  };
}

/** Whether a handler threw `error` because its client has gone, which is no fault of its own. */
export function isCancellation(error: unknown, signal: AbortSignal | undefined): boolean {
  if (errors.hasCode(error, 'CANCELED') || errors.hasCode(error, 'ECONNRESET')) return true;
  if (error instanceof Error && error.name === 'AbortError') return true;
  return signal?.aborted === true && error === signal.reason;
}
