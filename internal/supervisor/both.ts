/** Work that ends with either of two contexts. */

import * as context from '../context/index.js';

/** Does `work` with a context that is derived from `ctx` and is done when `other` is, too. Settles as `work` does. */
export async function underBoth<T>(
  ctx: context.Context,
  other: context.Context,
  work: (both: context.Context) => Promise<T>,
): Promise<T> {
  using both = context.withCancel(ctx);
  const forget = context.afterFunc(other, () => both.cancel(context.cause(other)));
  try {
    return await work(both);
  } finally {
    forget();
  }
}
