/** The sample file: every key of a program with its default and one sentence. */

import { KEY_NAMES, declarationOf } from './keys.js';
import type { Declaration, Key } from './keys.js';
import { PROGRAM_KINDS } from './kinds.js';

const HEADER = `# A program that the service keeps running, in any language. Copy this file to NAME.conf beside it;
# the program is called NAME. Take the # away to set a key; each shows its default.
#
# One key=value a line; the first = splits; a comment stands on a line of its own. A first line
# [program:NAME] may stay from supervisord. Paths may use ~ and $VARIABLES; relative ones start from the
# folder of rodent.conf. "rodent program update" takes up what changed.
#
# The command runs without a shell: quotes keep words together, and nothing is expanded; for pipes write
# sh -c "a | b". It must stay in the foreground: one that makes a daemon of itself counts as ended.
# It leads a process group of its own, its stdin is /dev/null, and it dies with the service.
#
# A secret belongs into environmentFile, mode 0600, or into a file that the program reads itself: the
# variables of a process can be read by its user and by root.

# For example:
#command=/usr/bin/python3 -u worker.py --queue "two words"
#environment.PYTHONPATH=lib
`;

/** Returns the text of `config/programs.d/example.conf.sample`. */
export function sample(): string {
  return [HEADER, ...KEY_NAMES.map((key) => entry(key))].join('\n');
}

function entry(key: Key): string {
  const declaration = declarationOf(key);
  const lines = [declaration.summary, notes(declaration)].map((line) => `# ${line}`);
  return [...lines, `#${key}=${declaration.default}`, ''].join('\n');
}

function notes({ kind, default: fallback }: Declaration): string {
  const { label } = PROGRAM_KINDS[kind];
  return `(${label}; ${fallback === '' ? 'unset by default' : `default ${fallback}`})`;
}
