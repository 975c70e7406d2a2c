/** `rodent stop`: asks the service to leave and waits until it has. */

import * as errors from '../internal/errors/index.js';
import * as instance from '../internal/instance/index.js';
import type { Command } from './command.js';
import { durationOf } from './duration.js';
import { PLACE_FLAGS, findPlace } from './place.js';
import * as progress from './progress.js';

const TIMEOUT_MS = 30_000;

export const stop: Command = {
  flags: {
    ...PLACE_FLAGS,
    timeout: { describe: 'How long to wait, e.g. 30s (the default)', type: 'string' },
    force: { describe: 'Kill the service when the time has passed', type: 'boolean' },
  },
  examples: [['rodent stop --timeout 5s --force', 'at most five seconds of patience']],
  async run(args, shell) {
    const timeoutMs = durationOf(args['timeout'], 'timeout') ?? TIMEOUT_MS;
    const isForced = args['force'] === true;
    try {
      const place = await findPlace(args, shell);
      const pid = await progress.during('passing', (onProgress) =>
        instance.stop(place, { timeoutMs, isForced, onProgress }),
      );
      shell.terminal.print(`Stopped process ${pid}.`);
      return 0;
    } catch (error) {
      if (!errors.hasCode(error, 'NOT_RUNNING')) throw error;
      shell.terminal.error('Nothing to stop: the service is not running.');
      return 1;
    }
  },
};
