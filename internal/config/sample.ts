/** The sample file: every key that a file may hold, with its default, its unit and one sentence. */

import { typeOf } from './config.js';
import type { Definition } from './definition.js';
import { KEYS, KEY_NAMES, accepts } from './keys.js';
import type { Key } from './keys.js';

const HEADER = `# rodent.conf: every key with its default. Take the # away to set one.
#
# One key=value a line; the first = splits; no quotes; a comment stands on a line of its own.
# Paths may use ~ and $VARIABLES; relative ones start from the folder of this file.
# Read, later wins: /etc/rodent/rodent.conf, ~/.rodent/rodent.conf, rodent.conf from the outermost
# folder of the project down to the working directory, the file of -c or RODENT_CONFIG, the
# environment (http.port is RODENT_HTTP_PORT), flags. A file that holds a secret needs mode 0600.
# "rodent config explain KEY" tells where a value comes from.
`;

/** Returns the text of `config/rodent.conf`. */
export function sample(): string {
  const keys = KEY_NAMES.filter((key) => accepts(KEYS[key], 'file'));
  return [HEADER, ...keys.map((key) => entry(key))].join('\n');
}

function entry(key: Key): string {
  const definition = KEYS[key];
  const lines = [definition.summary, notes(key, definition)].map((line) => `# ${line}`);
  return [...lines, `#${key}=${definition.default}`, ''].join('\n');
}

function notes(key: Key, { live, secret, default: fallback }: Definition): string {
  const words = [
    typeOf(key),
    fallback === '' ? 'unset by default' : `default ${fallback}`,
    live === true ? 'changes on reload' : 'needs a restart',
    ...(secret === true ? ['secret'] : []),
  ];
  return `(${words.join('; ')})`;
}
