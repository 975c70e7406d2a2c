/** The stack that the main thread is in, taken from another thread through the inspector. */

import inspector from 'node:inspector';
import { fileURLToPath } from 'node:url';

/** What came of it. */
export type Taken =
  | { readonly kind: 'stack'; readonly stack: string }
  /** A debugger had paused the main thread before. */
  | { readonly kind: 'debugged' }
  /** It went on by itself before. */
  | { readonly kind: 'moved' }
  /** It did not come to a place where it can be paused. */
  | { readonly kind: 'nothing' };

/** So that a line with a stack fits into what a pipe takes at once, 4096 bytes. */
const MOST_BYTES = 3500;
const MOST_FRAMES = 30;
const MOST_CHARACTERS = 300;

/**
 * Pauses the main thread, reads its stack and lets it go on, within `limitMs`. A stack is none when
 * `hasMoved` by then: it would blame whoever runs next. Opens no port, and leaves nothing paused: what
 * was asked and not done yet is withdrawn with the session.
 *
 * An endless loop is paused within a few milliseconds. One that spends its time in native functions
 * (JSON.parse of long texts) is asked only now and then, and may take a second or more. A system call
 * that waits is not interrupted.
 */
export async function takeStack(limitMs: number, hasMoved: () => boolean): Promise<Taken> {
  const session = new inspector.Session();
  try {
    session.connectToMainThread();
    return await Promise.race([pause(session, hasMoved), nothingAfter(limitMs)]);
  } finally {
    session.disconnect();
  }
}

function pause(session: inspector.Session, hasMoved: () => boolean): Promise<Taken> {
  const urls = new Map<string, string>();
  return new Promise((resolve) => {
    let isEnabled = false;
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    session.on('Debugger.paused', ({ params }) => {
      // Told before the answer to `enable`, it is somebody else's pause: theirs to end.
      if (!isEnabled) return resolve({ kind: 'debugged' });
      const isLate = hasMoved();
      session.post('Debugger.resume');
      resolve(
        isLate ? { kind: 'moved' } : { kind: 'stack', stack: describe(params.callFrames, urls) },
      );
    });
    session.post('Debugger.enable', () => (isEnabled = true));
    session.post('Debugger.pause');
  });
}

function nothingAfter(limitMs: number): Promise<Taken> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ kind: 'nothing' }), limitMs);
  });
}

/** The innermost frames as lines of an error's stack. */
function describe(
  frames: readonly inspector.Debugger.CallFrame[],
  urls: ReadonlyMap<string, string>,
): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const frame of frames.slice(0, MOST_FRAMES)) {
    const line = describeFrame(frame, urls);
    bytes += Buffer.byteLength(JSON.stringify(line));
    if (bytes > MOST_BYTES) break;
    lines.push(line);
  }
  const left = frames.length - lines.length;
  return [...lines, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n');
}

function describeFrame(
  { functionName, location }: inspector.Debugger.CallFrame,
  urls: ReadonlyMap<string, string>,
): string {
  const { lineNumber, columnNumber = 0 } = location;
  const file = fileOf(urls.get(location.scriptId) ?? '');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return `at ${name.slice(0, MOST_CHARACTERS)} (${file.slice(-MOST_CHARACTERS)}:${lineNumber + 1}:${columnNumber + 1})`;
}

/** As a person would open it; what is no file (`node:internal/…`, evaluated code) as it is called. */
function fileOf(url: string): string {
  if (url === '') return 'evaluated code';
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}
