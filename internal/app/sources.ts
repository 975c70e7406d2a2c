/** The service's source files: which folders hold them, when they changed, and being told so. */

import fs from 'node:fs';
import path from 'node:path';

/** More files than this are not looked at: a service's own code is smaller. */
const MAX_FILES = 10_000;

const IGNORED_FOLDERS = new Set(['node_modules', 'coverage', 'tmp']);

/** Editors' scratch files: backups, swap files, vim's write probe, Emacs' locks. */
const SCRATCH = /(~|\.sw[a-z]|\.tmp|\.temp|\.log|\.pid|^4913|^#.*#)$/;

/** Whether a change of `file` (relative to its folder) can matter to the service. */
export function isSource(file: string): boolean {
  const parts = file.split(path.sep);
  const name = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.') || IGNORED_FOLDERS.has(part))) return false;
  return !SCRATCH.test(name);
}

/**
 * Whether a source file below one of `folders` is newer than `since` (milliseconds since the epoch).
 * Configuration lies beside the code and is compared by its values instead.
 */
export function changedSince(folders: readonly string[], since: number): boolean {
  let budget = MAX_FILES;
  const pending = [...folders];
  for (let dir = pending.pop(); dir !== undefined && budget > 0; dir = pending.pop()) {
    for (const entry of list(dir)) {
      budget -= 1;
      const file = path.join(dir, entry.name);
      if (!isSource(entry.name) || entry.name.endsWith('.conf')) continue;
      if (entry.isDirectory()) pending.push(file);
      else if (modifiedMs(file) > since) return true;
    }
  }
  return false;
}

function list(dir: string): readonly fs.Dirent[] {
  try {
    return fs.readdirSync(dir, { withFileTypes: true });
  } catch {
    // Gone or closed to us between two looks: it holds no code that we could run.
    return [];
  }
}

/** The later of the last change of content and of name; 0 for a file that has gone. */
function modifiedMs(file: string): number {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Math.max(stat.mtimeMs, stat.ctimeMs);
}

/**
 * Calls `onChange` with the first changed file once the folders have been quiet for 100 ms.
 *
 * @returns a function that stops watching.
 */
export function watch(folders: readonly string[], onChange: (file: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let first: string | undefined;
  const fire = (): void => {
    const file = first ?? '';
    first = undefined;
    onChange(file);
  };
  const watchers = folders.map((folder) =>
    fs.watch(folder, { recursive: true, persistent: false }, (_event, name) => {
      if (name === null || !isSource(name)) return;
      first ??= path.join(folder, name);
      clearTimeout(timer);
      timer = setTimeout(fire, 100).unref();
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
