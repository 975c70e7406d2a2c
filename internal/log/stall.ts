/** Why a destination takes nothing for now, and when to try it again. */

import * as clock from '../clock/index.js';
import * as errors from '../errors/index.js';

/** How long (ms) a full pipe is left alone before the next try. */
const SLOW_RETRY_MS = 10;
/** How long (ms) a full disk or a broken device is left alone before the next try. */
const FAILING_RETRY_MS = 1_000;

/** The state of a destination that refused a write. */
export interface Stall {
  /** slow: a reader that will be back. failing: a disk that may. gone: a reader that left. */
  readonly kind: 'slow' | 'failing' | 'gone';
  readonly retryMs: number;
  /** On the monotonic clock. */
  retryAtMs: number;
  hasTold: boolean;
  /** The reader was waited for in vain. */
  isHopeless: boolean;
}

/** The stall that follows from the error of a write; `before` is the one already under way. */
export function stallOf(error: unknown, before: Stall | undefined): Stall {
  const kind = kindOf(error);
  const isSame = before?.kind === kind;
  const retryMs = kind === 'slow' ? SLOW_RETRY_MS : FAILING_RETRY_MS;
  return {
    kind,
    retryMs,
    retryAtMs: clock.monotonicMs() + retryMs,
    hasTold: before?.hasTold ?? false,
    isHopeless: isSame && before.isHopeless,
  };
}

function kindOf(error: unknown): Stall['kind'] {
  if (isAnyOf(error, ['EAGAIN', 'EBUSY'])) return 'slow';
  return isAnyOf(error, ['EPIPE', 'ECONNRESET', 'EBADF']) ? 'gone' : 'failing';
}

function isAnyOf(error: unknown, codes: readonly string[]): boolean {
  return codes.some((code) => errors.hasCode(error, code));
}
