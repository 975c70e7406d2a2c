/** When a command that goes on by itself comes to its end. */

/** Aborts when one of `signals` comes to end the command, or when nobody reads what it prints. */
export function untilEnded(signals: readonly NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    process.once(signal, () => controller.abort());
  }
  process.stdout.once('error', () => controller.abort()); // Nobody reads any more.
  return controller.signal;
}
