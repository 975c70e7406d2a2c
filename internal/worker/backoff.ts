/** How long to wait before the next attempt of what has just failed. */

const FIRST_MS = 100;
const LAST_MS = 30_000;

/**
 * The pause after so many failures in a row, in milliseconds: 100 after the first, twice as much after
 * each further one, 30,000 at most; and up to a half longer, so that those who failed together do not
 * try again together.
 */
export function retryDelayMs(failures: number): number {
  const step = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LAST_MS);
  return step * (1 + Math.random() / 2);
}
