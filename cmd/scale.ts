/** `rodent scale`: more or fewer http workers. */

import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import type { Arguments, Command, Shell } from './command.js';
import { PLACE_FLAGS, PLACE_KEYS, loadConfig, placeOf } from './place.js';
import * as progress from './progress.js';
import { MARGIN_MS } from './reload.js';

export const scale: Command = {
  flags: { ...PLACE_FLAGS, json: { describe: 'As JSON', type: 'boolean' } },
  positionals: [
    // Not required: behind two dashes, where a minus may stand, the parser does not count it.
    { name: 'workers', describe: 'How many, or how many more (+1) or fewer (-1)' },
  ],
  examples: [
    ['rodent scale 4', 'four workers'],
    ['rodent scale +1', 'one more; -1: one fewer'],
  ],
  async run(args, shell) {
    const request = requestOf(wordOf(args, shell));
    const isJson = args['json'] === true;
    const loaded = loadConfig(args, shell, [
      ...PLACE_KEYS,
      'reload.timeout',
      'workers.startSeconds',
    ]);
    const timeoutMs = loaded.get('reload.timeout') + loaded.get('workers.startSeconds') + MARGIN_MS;
    const place = await placeOf(loaded, shell);
    const done = await progress.during(isJson ? 'silent' : 'everybody', (onProgress) =>
      instance.scale(place, request, { timeoutMs, onProgress }),
    );
    if (isJson) shell.terminal.json(done);
    else shell.terminal.print(sentence(done));
    return 0;
  },
};

function wordOf(args: Arguments, { argv }: Shell): string {
  const behindDashes = argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : [];
  const { workers } = args;
  const words = [...(typeof workers === 'string' ? [workers] : []), ...behindDashes];
  const [word] = words;
  if (word !== undefined && words.length === 1) return word;
  throw usage('Say how many workers: rodent scale <workers>, e.g. 4, +1 or -1.');
}

function requestOf(word: string): instance.ScaleRequest {
  const [, sign, digits] = /^([+-]?)(\d{1,6})$/.exec(word) ?? [];
  const number = Number(digits);
  if (digits === undefined || (sign !== '' && number === 0)) {
    throw usage(`"${word}" is no number of workers; use a number, or one with a sign: 4, +1, -1.`);
  }
  if (sign !== '') return { by: sign === '-' ? -number : number };
  if (number > 0) return { workers: number };
  throw usage('A supervisor keeps at least one worker. To serve without one: rodent serve -w 0.');
}

function usage(detail: string): errors.RodentError {
  return new errors.RodentError(detail, { code: 'USAGE' });
}

function sentence({ workers, before }: instance.Scaled): string {
  const many = workers === 1 ? '1 worker serves' : `${workers} workers serve`;
  return workers === before ? `${many}, as before.` : `${many} now; before: ${before}.`;
}
