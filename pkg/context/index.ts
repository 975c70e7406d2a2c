/**
 * Package context: Go's context for Node. A context says until when a piece of work may go on, tells
 * it to stop, and carries the values of one request; `ctx.signal` is its AbortSignal.
 *
 * Take a context as first parameter and pass it on. Whoever derives one cancels it when the work is
 * over (`using ctx = withTimeout(parent, 5_000)`), or it stays with its parent. The first cancellation
 * wins; parents are done before their children, children in order of creation; a child's deadline
 * never extends its parent's. Deadlines do not keep the process alive, `sleep` does.
 */

export {
  afterFunc,
  background,
  cause,
  createKey,
  done,
  fromSignal,
  race,
  sleep,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
  withoutCancel,
} from '../../internal/context/index.js';
export type { CancelContext, Context, Key } from '../../internal/context/index.js';
