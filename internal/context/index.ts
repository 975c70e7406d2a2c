/**
 * Package context: Go's context on AbortController. A context says until when a piece of work may go
 * on, tells it to stop, and carries the values of one request from function to function.
 *
 * For who is handed a context: take it as the first parameter, named `ctx` and typed `Context`, and
 * pass it on to everything you call; do not keep it in an object that outlives the call. Stop when it
 * is done: give `ctx.signal` to APIs that know AbortSignal, `race` what does not, read `ctx.err`
 * between two steps. What you did not make you cannot cancel.
 *
 * For who derives one: `withCancel`, `withTimeout`, `withDeadline` and `fromSignal` give a
 * CancelContext that hangs on its parent until it is cancelled or the parent is. So cancel it as soon
 * as the work is over, on every path: `using ctx = withTimeout(parent, 5_000)` does. A child never
 * outlives its parent: an earlier deadline counts, a later one does nothing. Work that has to go on
 * after its parent's end takes `withoutCancel(parent)` and a deadline of its own.
 *
 * What happens at the end: the first cancellation wins, for `err` and for `cause`, and every later one
 * does nothing. First the context and all that is derived from it become done, in one step that no
 * code can observe half; then the abort listeners and the functions of `afterFunc` are called: parent
 * first, then its children in order of creation. Whatever they call back (`cancel`, `stop`, a new
 * child) finds everything already decided. A listener or function that throws stops none of the
 * others; its error becomes an `uncaughtException`, as for every event target of Node.
 *
 * Timers: those of deadlines do not keep the process alive, as AbortSignal.timeout, because a limit is
 * not work; `sleep` does, because waiting is. Deadlines are kept on the monotonic clock, so setting
 * the wall clock does not move them, and may lie farther away than the 24.8 days of one setTimeout.
 *
 * Source: the documentation of Go's package context, https://pkg.go.dev/context; design section 3.
 */

export type { CancelContext, Context } from './context.js';
export { withDeadline, withTimeout } from './deadline.js';
export { background, cause, withCancel, withValue, withoutCancel } from './derive.js';
export { createKey } from './values.js';
export type { Key } from './values.js';
export { fromSignal } from './signal.js';
export { afterFunc, done, race, sleep } from './wait.js';
