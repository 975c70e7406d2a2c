/** When a command that goes on by itself comes to its end. */

/** Aborts when the user or the system ends the command, or when nobody reads what it prints. */
export function untilEnded(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => controller.abort());
  }
  process.stdout.once('error', () => controller.abort()); // Nobody reads any more.
  return controller.signal;
}
