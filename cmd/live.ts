/** A page that stays up to date: in place on a terminal, one after the other anywhere else. */

import { setTimeout as sleep } from 'node:timers/promises';

import { untilEnded } from './ending.js';

/** Where pages go. */
export interface Canvas {
  /** Shows a page; `key` tells pages apart that differ in what matters, not in a figure alone. */
  show(page: string, key: string): void;
  /** Leaves the last page behind; the terminal is as it was. */
  close(): void;
}

/** What is followed. */
export interface Subject<T> {
  /** Asks anew; `ended` gives the question up. */
  ask(ended: AbortSignal): Promise<T>;
  page(found: T): string;
  /** Equal for what is the same but for its figures. */
  key(found: T): string;
  /** Whether nothing more can come. */
  isLast(found: T): boolean;
}

const PAUSE_MS = 1000;

/** Shows `subject` every second until nothing more can come or the command is ended; returns the last. */
export async function follow<T>(subject: Subject<T>, canvas: Canvas): Promise<T> {
  const ended = untilEnded(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const show = (found: T): void => canvas.show(subject.page(found), subject.key(found));
  try {
    let found = await subject.ask(ended);
    for (;;) {
      show(found);
      if (subject.isLast(found) || ended.aborted) return found;
      await sleep(PAUSE_MS, undefined, { signal: ended }).catch(() => undefined);
      const next = ended.aborted ? found : await subject.ask(ended);
      // A question that was given up has no answer worth a page.
      if (ended.aborted) return found;
      found = next;
    }
  } finally {
    canvas.close();
  }
}

/** A canvas of pages one after the other: each that differs from the last in what matters. */
export function onPipe(print: (page: string) => void): Canvas {
  let last: string | undefined;
  return {
    show(page, key) {
      if (key !== last) print(page);
      last = key;
    },
    close: () => undefined,
  };
}

/** The alternate screen, without a cursor and without wrapping; and back. Source: xterm(1), ctlseqs. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const ERASE_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';

/** A canvas that redraws in place; when closed, the terminal is as it was, below it the last page. */
export function onScreen(stream: NodeJS.WriteStream): Canvas {
  let last = '';
  const leave = (): void => void stream.write(LEAVE);
  const draw = (): void => {
    // A terminal that does not know its size says 0.
    const room = stream.rows > 1 ? stream.rows - 1 : Infinity;
    const lines = last.split('\n').slice(0, room);
    stream.write(HOME + lines.map((line) => `${line}${ERASE_LINE}\n`).join('') + ERASE_BELOW);
  };
  const enter = (): void => {
    stream.write(ENTER);
    draw();
  };
  const suspend = (): void => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  enter();
  process.once('exit', leave).on('SIGTSTP', suspend).on('SIGCONT', enter);
  stream.on('resize', draw);
  return {
    show(page) {
      last = page;
      draw();
    },
    close() {
      process.off('exit', leave).off('SIGTSTP', suspend).off('SIGCONT', enter);
      stream.off('resize', draw);
      leave();
      stream.write(`${last}\n`);
    },
  };
}
