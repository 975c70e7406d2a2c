/** `rodent status`: whether the service runs; exit statuses as in the LSB. */

import * as instance from '../internal/instance/index.js';
import type { Command, Shell } from './command.js';
import * as live from './live.js';
import { page } from './page.js';
import { PLACE_FLAGS, findPlace } from './place.js';
import type { Drawing } from './tree.js';

/** Source: Linux Standard Base 5.0, "Init Script Actions"; design section 5. */
const EXIT: Readonly<Record<instance.Status['state'], number>> = {
  running: 0,
  dead: 1,
  stopped: 3,
  unknown: 4,
};

export const status: Command = {
  flags: {
    ...PLACE_FLAGS,
    json: { describe: 'As JSON', type: 'boolean' },
    watch: {
      describe: 'Go on until the service ends: in place on a terminal, else at each change',
      type: 'boolean',
    },
  },
  examples: [
    ['rodent status --watch', 'the processes, every second'],
    ['rodent status --watch --json', 'one line of JSON for each change'],
  ],
  async run({ watch, ...args }, shell) {
    const place = await findPlace(args, shell);
    const format = args['json'] === true ? 'json' : 'text';
    if (watch === true) return EXIT[(await follow(place, { shell, format })).state];
    const found = await instance.status(place);
    if (format === 'json') shell.terminal.json(found);
    else shell.terminal.print(page(found, drawingOf(shell)));
    return EXIT[found.state];
  },
};

interface View {
  readonly shell: Shell;
  readonly format: 'json' | 'text';
}

function follow(place: instance.Place, { shell, format }: View): Promise<instance.Status> {
  const { stdout } = process;
  const isScreen = format === 'text' && stdout.isTTY && shell.env['TERM'] !== 'dumb';
  const canvas = isScreen
    ? live.onScreen(stdout)
    : live.onPipe((text) => shell.terminal.print(text));
  const subject: live.Subject<instance.Status> = {
    ask: (ended) => instance.status(place, ended),
    page: (found) =>
      format === 'json'
        ? JSON.stringify(found)
        : page(found, drawingOf(shell)) + (isScreen ? '' : '\n'),
    key: matterOf,
    isLast: ({ state }) => state !== 'running',
  };
  return live.follow(subject, canvas);
}

/** Everything but the figures, which change with every look. */
function matterOf({ state, pid, reason, service }: instance.Status): string {
  const { phase, generation, lastReload, wanted, workers = [] } = service ?? {};
  const matters = workers.map(({ vitals, uptimeMs, ...worker }) => [
    worker,
    uptimeMs === undefined,
    vitals?.unhealthy,
  ]);
  return JSON.stringify([state, pid, reason, phase, generation, lastReload, wanted, matters]);
}

/** How lines are drawn on this shell, now. */
export function drawingOf({ terminal: screen }: Shell): Drawing {
  const { stdout } = process;
  return {
    paint: (colour, text) => screen.paint(colour, text),
    // A terminal that does not know its size says 0.
    columns: stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined,
    nowMs: Date.now(),
  };
}
