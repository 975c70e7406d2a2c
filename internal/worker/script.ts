/** Which script this process runs, and what its place says about it. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import * as errors from '../errors/index.js';
import type { Config } from './dictionary.js';

/** What the place of a script says. */
export type ScriptDetails = Pick<Config, 'root_dir' | 'script_dir' | 'worker_type'>;

/** The folder that everything of ours is in; frames from there are not the caller's. */
const OWN: string = path.dirname(fileURLToPath(import.meta.url));

const WORKERS = 'workers';

/**
 * Returns the absolute path of the script that was started and calls this, as it was named on the
 * command line: a link stays a link, so that `current/workers/…` stays the same over deployments.
 *
 * Where another program runs the script (a test runner, a wrapper), it is the file of the calling code.
 * Call it before the first `await`: later the calling code is no longer on the stack.
 *
 * @throws RodentError USAGE when nobody can tell, as in a REPL.
 * Source: seed 001 section 3; R-UNI-27.
 */
export function getCallingFilePath(): string {
  const callers = filesOnStack();
  const started = startedScript();
  if (started !== undefined) {
    const isCalling = callers.length === 0 || callers.includes(fs.realpathSync(started));
    if (isCalling || componentsOf(started).includes(WORKERS)) return started;
  }
  const [caller] = callers;
  if (caller !== undefined) return caller;
  throw new errors.RodentError('Cannot find the calling script: this process runs none.', {
    code: 'USAGE',
  });
}

/**
 * Returns what the place of the calling script says: with `/srv/app/workers/opentdb/get.ts` the root is
 * `/srv/app` and the worker's type `opentdb.get`.
 *
 * @throws RodentError USAGE when no folder of its path is called `workers`, or more than one.
 * Source: seed 001 section 4.3; R-UNI-28, R-UNI-48…50.
 */
export function getScriptDetails(): ScriptDetails {
  return detailsOf(getCallingFilePath());
}

/** What the place of `file` (an absolute path) says. @throws RodentError USAGE, see above. */
export function detailsOf(file: string): ScriptDetails {
  const folders = componentsOf(file);
  const at = folders.indexOf(WORKERS);
  if (at === -1) throw misplaced(file, 'is in no folder called "workers"');
  if (folders.includes(WORKERS, at + 1)) {
    throw misplaced(file, 'is below more than one folder called "workers"');
  }
  const root = folders.slice(0, at).join(path.sep);
  return {
    root_dir: root === '' ? path.parse(file).root : root,
    script_dir: path.dirname(file),
    // The extension alone: `copy.py` is `copy`, and `fetch.v2.ts` is `fetch.v2`.
    worker_type: [...folders.slice(at + 1), path.parse(file).name].join('.'),
  };
}

function misplaced(file: string, how: string): errors.RodentError {
  const detail = `Cannot tell what kind of worker "${file}" is: it ${how}.`;
  return new errors.RodentError(detail, { code: 'USAGE', contextData: { file } });
}

/** The folders of a path; the first is empty, for the root. */
function componentsOf(file: string): readonly string[] {
  return path.dirname(file).split(path.sep);
}

/** The script of the command line, with the extension that Node filled in. */
function startedScript(): string | undefined {
  const [, given] = process.argv;
  if (given === undefined) return undefined;
  const file = path.resolve(given);
  return ['', '.js', '.ts', '.mjs', '.cjs'].map((ending) => `${file}${ending}`).find(isFile);
}

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The files of the calling code, the nearest first; neither ours nor Node's nor a library's. */
function filesOnStack(): readonly string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Infinity;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = limit;
  const files = stack.split('\n').flatMap((frame) => fileOf(frame) ?? []);
  return [...new Set(files)].filter((file) => path.dirname(file) !== OWN && isFile(file));
}

/** The file of one frame: `at main (file:///srv/app/workers/a.ts:3:1)`. */
function fileOf(frame: string): string | undefined {
  const place = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]*?)(?:\?[^()]*)?:\d+:\d+\)?$/.exec(
    frame,
  )?.[1];
  if (place === undefined || place.includes('/node_modules/')) return undefined;
  return place.startsWith('file://') ? fileURLToPath(place) : place;
}
