/** Which languages Node runs by itself, and what it takes for the others. */

import path from 'node:path';

const TYPESCRIPT: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.tsx']);

/** Whether this Node runs `file` by itself: JavaScript always, TypeScript from 22.18 on. */
export function isNative(file: string): boolean {
  return !TYPESCRIPT.has(path.extname(file)) || stripsTypes();
}

/** The flags of node with which it runs `file` as its program; its children inherit none of them. */
export function flagsFor(file: string): readonly string[] {
  return isNative(file) ? [] : ['--import', import.meta.resolve('jiti/register')];
}

/** Node 20 does not know the feature's name. */
function stripsTypes(): boolean {
  return 'typescript' in process.features && typeof process.features.typescript === 'string';
}
