/** The application under test: it tells who answers, and does harm to itself when it is asked to. */

/** The ways in which an application can be broken, and what each of them does. */
const BREAKAGES = {
  syntax: 'export default {',
  throws: `throw new Error('broken on purpose');`,
  'says nothing': 'export const nothing = 1;',
  'dies when ready': 'setTimeout(() => process.exit(9), 60);',
  'is never ready': 'await new Promise(() => {});',
} as const;

export type Breakage = keyof typeof BREAKAGES;

/** What the application can be asked to do to itself, in a moment, after it has answered. */
export type Harm = 'exit' | 'throw' | 'spin' | 'eat';

export interface AppOptions {
  readonly version: number;
  /** Folder of the journals: each worker writes the ids of the requests it got, before anything else. */
  readonly seen: string;
}

/** Returns the text of a module that answers with its version, its process and the request's id. */
export function appOf({ version, seen }: AppOptions): string {
  return `
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const journal = fs.openSync(${JSON.stringify(seen)} + '/' + process.pid, 'a');
const kept = [];
const HARM = {
  exit: () => process.exit(7),
  throw: () => { throw new Error('thrown on purpose'); },
  spin: () => { for (;;) kept.length = 0; },
  eat: () => kept.push(Buffer.alloc(450 * 1024 * 1024, 1)),
};
async function* stream(text) {
  for (let n = 0; n < 5; n += 1) { yield ' '.repeat(100); await sleep(15); }
  yield text;
}
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith('/harm/')) {
      setTimeout(HARM[pathname.slice(6)], 100);
      return new Response(String(process.pid));
    }
    const id = request.headers.get('x-id');
    fs.writeSync(journal, id + '\\n');
    if (pathname === '/slow') await sleep(Number(searchParams.get('ms')));
    const { byteLength } = await request.arrayBuffer();
    const text = '${version} ' + process.pid + ' ' + id + ' ' + byteLength;
    const headers = { 'x-pid': String(process.pid) };
    return new Response(pathname === '/stream' ? ReadableStream.from(stream(text)).pipeThrough(new TextEncoderStream()) : text, { headers });
  },
};
`;
}

/** Returns the text of `appOf` with a fault in it. */
export function brokenApp(options: AppOptions, breakage: Breakage): string {
  if (breakage === 'says nothing') return BREAKAGES[breakage];
  return `${appOf(options)}\n${BREAKAGES[breakage]}\n`;
}
