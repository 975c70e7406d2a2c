/** What is said to systemd at once, and what of it still matters when it is said late. */

/** One message; at least one field is set. */
export interface Message {
  readonly state?: 'READY' | 'RELOADING' | 'STOPPING';
  /** When a reload began, in microseconds on CLOCK_MONOTONIC. */
  readonly monotonicUsec?: bigint;
  /** The process that is the service from now on. */
  readonly mainPid?: number;
  readonly status?: string;
  /** The watchdog may start counting anew. */
  readonly isPing?: boolean;
}

/** Longer texts help nobody, and systemd drops a message of more than a page. */
const STATUS_CHARS = 500;

/** The message as systemd-notify takes it: one assignment an argument. */
export function assignmentsOf(message: Message): readonly string[] {
  const { state, monotonicUsec, mainPid, status, isPing } = message;
  return [
    state === undefined ? [] : `${state}=1`,
    monotonicUsec === undefined ? [] : `MONOTONIC_USEC=${monotonicUsec}`,
    mainPid === undefined ? [] : `MAINPID=${mainPid}`,
    status === undefined ? [] : `STATUS=${oneLine(status)}`,
    isPing === true ? 'WATCHDOG=1' : [],
  ].flat();
}

/**
 * Returns what is left to say when `message` comes behind `waiting`: at most a RELOADING and the word
 * that ends it. What the dropped messages said beside their state (status, main process) goes along.
 */
export function enqueue(waiting: readonly Message[], message: Message): readonly Message[] {
  const { state } = message;
  const last = waiting.at(-1);
  if (state === 'RELOADING' || state === 'STOPPING') return [besides(waiting, message)];
  // systemd waits for both: a reload that began is one that must end.
  if (state === 'READY' && last?.state === 'RELOADING') return [...waiting, message];
  return [...waiting.slice(0, -1), { ...last, ...message }];
}

/** `message` with what those that it overtakes, two at most, said beside their state. */
function besides([first, second]: readonly Message[], message: Message): Message {
  const { state: _, monotonicUsec: __, ...rest }: Message = { ...first, ...second };
  return { ...rest, ...message };
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  const clean = text.replaceAll(/[\u0000-\u001F\u007F\u2028\u2029]+/g, ' ').trim();
  return Array.from(clean).slice(0, STATUS_CHARS).join('');
}
