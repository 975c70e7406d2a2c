/** The steps of what takes its time, on stderr: one line kept up to date on a terminal, else a line each. */

import { cut, plain } from './worker-words.js';

/**
 * Who wants to hear of the steps: `silent` nobody, since a program reads the outcome alone; `passing`
 * people at a terminal, since it is worth no line once it is over.
 */
export type Audience = 'everybody' | 'passing' | 'silent';

const ERASE = '\r\u001B[K';

/** Does `work`, which tells its steps, and returns its outcome; by then the line is empty again. */
export async function during<T>(
  audience: Audience,
  work: (tell: (text: string) => void) => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  const inPlace = audience !== 'silent' && stderr.isTTY;
  let isDirty = false;
  const draw = (text: string): void => {
    isDirty = true;
    const room = stderr.columns > 0 ? stderr.columns - 1 : Infinity;
    stderr.write(`${ERASE}${cut(plain(text), room)}`);
  };
  try {
    return await work((text) => {
      if (inPlace) draw(text);
      else if (audience === 'everybody') stderr.write(`${plain(text)}\n`);
    });
  } finally {
    if (isDirty) stderr.write(ERASE);
  }
}
