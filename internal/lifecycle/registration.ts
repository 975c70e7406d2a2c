/** What was registered, by which name and where; in order, and able to go again. */

import { fileURLToPath } from 'node:url';

import { assertLimit } from './limits.js';

/** A stack's lines: the error, `add`, the public function, and who called that. */
const CALLER_LINE = 3;

/** Takes a registration back; without effect once it has been called or the thing has run. */
export type Unregister = () => void;

/** A registration's limit. */
export interface LimitOptions {
  /** Milliseconds after which it is passed over; default: what the lifecycle was created with. */
  readonly timeoutMs?: number;
}

/** A name and a function, or a function that has a name of its own; then options. */
export type Named<F> = NameFirst<F> | readonly [fn: F, options?: LimitOptions];

type NameFirst<F> = readonly [name: string, fn: F, options?: LimitOptions];

/** One thing registered. */
export interface Registration<F> {
  readonly name: string;
  /** Where it was registered, `/srv/app.mjs:12`; for people. */
  readonly place: string;
  readonly fn: F;
  readonly timeoutMs: number | undefined;
}

/** Registrations in the order they were made. */
export class Registrations<F extends (...args: never[]) => unknown> implements Iterable<
  Registration<F>
> {
  readonly #all = new Set<Registration<F>>();

  /** Adds what `named` says, with the caller of our caller as its place. */
  add(named: Named<F>): Unregister {
    const registration = toRegistration(named);
    this.#all.add(registration);
    return () => void this.#all.delete(registration);
  }

  /** Takes the youngest out; undefined when none is left. */
  pop(): Registration<F> | undefined {
    const youngest = [...this.#all].at(-1);
    if (youngest !== undefined) this.#all.delete(youngest);
    return youngest;
  }

  [Symbol.iterator](): Iterator<Registration<F>> {
    return this.#all.values();
  }
}

function toRegistration<F extends (...args: never[]) => unknown>(named: Named<F>): Registration<F> {
  const [name, fn, options] = split(named);
  assertLimit('timeoutMs', options?.timeoutMs);
  const trace: { readonly stack?: unknown } = {};
  Error.captureStackTrace(trace, toRegistration);
  return {
    name,
    // V8 renders a stack when it is first read: nobody pays for the place of a hook that does well.
    get place() {
      return placeOf(trace.stack);
    },
    fn,
    timeoutMs: options?.timeoutMs,
  };
}

function split<F extends (...args: never[]) => unknown>(named: Named<F>): NameFirst<F> {
  if (hasName(named)) return named;
  const [fn, options = {}] = named;
  return [fn.name === '' ? 'anonymous' : fn.name, fn, options];
}

function hasName<F>(named: Named<F>): named is NameFirst<F> {
  return typeof named[0] === 'string';
}

/** The caller's file and line; a program may have cut or replaced stacks. */
function placeOf(stack: unknown): string {
  const frame = typeof stack === 'string' ? stack.split('\n')[CALLER_LINE] : undefined;
  const match = /\(?((?:file:\/\/)?[^\s(]+):(\d+):\d+\)?$/.exec(frame ?? '');
  if (match === null) return 'unknown place';
  const [, file = '', line = ''] = match;
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}`;
}
