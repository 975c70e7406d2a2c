/** The way through cron: one line in the crontab of the user. */

import * as errors from '../errors/index.js';
import { commandOf, lineOf, linesIn, withLine, withoutLine } from './cron-line.js';
import { reasonOf, run } from './machine.js';
import type { Machine } from './machine.js';
import type { Way } from './way.js';

export const cron: Way = {
  async look(service, machine) {
    const lines = linesIn((await read(machine)) ?? '', service);
    if (lines.length === 0) return undefined;
    return {
      place: `the crontab of ${machine.user}`,
      isEnabled: lines.some((line) => line.startsWith('@reboot ')),
      isCurrent: lines.length === 1 && lines[0] === lineOf(service),
    };
  },

  async install(service, machine) {
    const table = await read(machine);
    if (table === undefined) throw missing();
    const next = withLine(table, service);
    if (next === table) return;
    await write(machine, next);
    const isThere = linesIn((await read(machine)) ?? '', service).length > 0;
    if (!isThere) throw refused('write', 'somebody else wrote it at the same time; try again');
  },

  async remove(service, machine) {
    const table = (await read(machine)) ?? '';
    const next = withoutLine(table, service);
    if (next === table) return;
    // A crontab that was made for our line goes with it.
    if (next === '') await change(machine, ['crontab', '-r'], '');
    else await write(machine, next);
  },

  async start(service, machine) {
    // With as little around it as cron gives it: what is missing then is missing at boot.
    const { homeDir, user } = machine;
    const env = { HOME: homeDir, LOGNAME: user, PATH: '/usr/bin:/bin', SHELL: '/bin/sh' };
    const outcome = await run(machine, ['/bin/sh', '-c', commandOf(service)], { env });
    if (outcome.status === 0) return;
    throw new errors.RodentError(
      `The service will start at boot, but does not now: ${reasonOf(outcome).replace(/^rodent: /, '')}.`,
      { code: 'INIT_SYSTEM' },
    );
  },
};

/** The table, one character a byte; empty when there is none, undefined without cron. */
async function read(machine: Machine): Promise<string | undefined> {
  const outcome = await run(machine, ['crontab', '-l']);
  if (outcome.status === undefined) return undefined;
  if (outcome.status === 0) return outcome.stdout;
  // Vixie's cron and its heirs; busybox names the file that is not there.
  if (/no crontab for|can't open .*No such file/i.test(outcome.stderr)) return '';
  throw refused('read', reasonOf(outcome));
}

function write(machine: Machine, table: string): Promise<void> {
  return change(machine, ['crontab', '-'], table);
}

async function change(machine: Machine, words: readonly string[], input: string): Promise<void> {
  const outcome = await run(machine, words, { input });
  if (outcome.status !== 0) throw refused('write', reasonOf(outcome));
}

function refused(verb: 'read' | 'write', reason: string): errors.RodentError {
  return new errors.RodentError(`Cannot ${verb} the crontab: ${reason}.`, { code: 'INIT_SYSTEM' });
}

function missing(): errors.RodentError {
  return new errors.RodentError(
    'Cannot have the service start at boot: there is neither systemd nor a program "crontab" here; install cron.',
    { code: 'INIT_SYSTEM' },
  );
}
