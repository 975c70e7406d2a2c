/** The way through systemd: a unit file, enabled. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as errors from '../errors/index.js';
import { placeOf, reasonOf, run } from './machine.js';
import type { Machine } from './machine.js';
import { markerOf, nameOf } from './service.js';
import type { Service } from './service.js';
import { TARGETS, unitOf } from './unit.js';
import type { Scope } from './unit.js';
import type { Way } from './way.js';

export const systemd: Way = {
  async look(service, machine) {
    const unit = unitFor(service, machine);
    const text = textOf(unit, service);
    if (text === undefined) return undefined;
    const isEnabled = isLinked(unit) && isLingering(machine);
    return { place: unit.file, isEnabled, isCurrent: text === unitOf(service, unit.scope) };
  },

  async install(service, machine) {
    const unit = unitFor(service, machine);
    const before = { text: textOf(unit, service), isLinked: isLinked(unit) };
    const text = unitOf(service, unit.scope);
    await verify(text, unit, machine);
    write(unit.file, text);
    try {
      await systemctl(machine, ['daemon-reload']);
      await systemctl(machine, ['enable', unit.name]);
      await linger(machine);
    } catch (error) {
      await restore(unit, before, machine);
      throw error;
    }
  },

  async remove(service, machine) {
    const unit = unitFor(service, machine);
    if (textOf(unit, service) === undefined) return;
    // Where systemd does not run, or not for this user just now, what it would remove goes by hand.
    await attempt(machine, ['disable', unit.name]);
    remove(unit.link);
    remove(unit.file);
    await attempt(machine, ['daemon-reload']);
  },

  async start(service, machine) {
    const { name, scope } = unitFor(service, machine);
    try {
      await systemctl(machine, ['start', name]);
    } catch (error) {
      const log = `journalctl${scope === 'user' ? ' --user' : ''} -u ${name}`;
      const detail = `The service will start at boot, but does not now; see "${log}". ${errors.describe(error)}`;
      throw new errors.RodentError(detail, { code: 'INIT_SYSTEM', cause: error });
    }
  },
};

interface Unit {
  readonly name: string;
  readonly scope: Scope;
  readonly file: string;
  /** What `systemctl enable` makes. */
  readonly link: string;
}

function unitFor(service: Service, machine: Machine): Unit {
  const name = `${nameOf(service)}.service`;
  const scope = scopeOf(machine);
  const { XDG_CONFIG_HOME: given = '' } = machine.env;
  const config = path.isAbsolute(given) ? given : path.join(machine.homeDir, '.config');
  const dir =
    scope === 'system'
      ? placeOf(machine, '/etc/systemd/system')
      : path.join(config, 'systemd', 'user');
  return {
    name,
    scope,
    file: path.join(dir, name),
    link: path.join(dir, `${TARGETS[scope]}.wants`, name),
  };
}

function scopeOf({ uid }: Machine): Scope {
  return uid === 0 ? 'system' : 'user';
}

/**
 * The text of the unit; undefined without one.
 *
 * @throws RodentError INIT_SYSTEM when the unit of that name is somebody else's; FILE.
 */
function textOf({ file }: Unit, service: Service): string | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    throw fault('read', file, error);
  }
  if (text.startsWith(`${markerOf(service)}\n`)) return text;
  const detail = `The unit "${file}" is not the work of "rodent boot install"; remove it by hand first.`;
  throw new errors.RodentError(detail, { code: 'INIT_SYSTEM' });
}

function isLinked({ link }: Unit): boolean {
  return fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined;
}

/** Whether the units of the user start at boot; root's always do. Source: loginctl(1). */
function isLingering(machine: Machine): boolean {
  if (scopeOf(machine) === 'system') return true;
  return fs.existsSync(placeOf(machine, `/var/lib/systemd/linger/${machine.user}`));
}

async function linger(machine: Machine): Promise<void> {
  if (isLingering(machine)) return;
  const outcome = await run(machine, ['loginctl', 'enable-linger']);
  if (outcome.status === 0) return;
  const detail = `Cannot have units of ${machine.user} start without a login: ${reasonOf(outcome)}. Have root run "loginctl enable-linger ${machine.user}", or use "--kind cron".`;
  throw new errors.RodentError(detail, { code: 'INIT_SYSTEM' });
}

async function systemctl(machine: Machine, words: readonly string[]): Promise<void> {
  const isUser = scopeOf(machine) === 'user';
  const env = { ...machine.env, XDG_RUNTIME_DIR: runtimeDir(machine), LC_ALL: 'C' };
  const call = ['systemctl', ...(isUser ? ['--user'] : []), ...words];
  const outcome = await run(machine, call, { env });
  if (outcome.status === 0) return;
  const why = outcome.status === undefined ? 'there is no such program' : reasonOf(outcome);
  const hint = isUser ? ' Log in as that user, or use "--kind cron".' : '';
  const detail = `Cannot run "${call.join(' ')}": ${why}.${hint}`;
  throw new errors.RodentError(detail, { code: 'INIT_SYSTEM' });
}

/** `su` and cron leave the variable out though the folder is there. */
function runtimeDir({ env, uid }: Machine): string | undefined {
  return env['XDG_RUNTIME_DIR'] ?? (uid === undefined ? undefined : `/run/user/${uid}`);
}

/** Refuses a unit that systemd would not load; says nothing where the checker is not installed. */
async function verify(text: string, { name, scope }: Unit, machine: Machine): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-unit-'));
  try {
    const file = path.join(dir, name);
    fs.writeFileSync(file, text);
    const words = ['systemd-analyze', `--${scope}`, 'verify', '--man=no', file];
    const outcome = await run(machine, words);
    // It may also fail for what is wrong with other units, or with itself.
    const line = outcome.stderr.split('\n').find((text) => text.includes(name));
    if (outcome.status === undefined || outcome.status === 0 || line === undefined) return;
    const reason = reasonOf({ ...outcome, stdout: '', stderr: line.replace(`${dir}/`, '') });
    throw new errors.RodentError(`systemd does not take the unit: ${reason}.`, {
      code: 'INIT_SYSTEM',
    });
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** By a rename: systemd never reads half of it. */
function write(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(temporary, text, { mode: 0o644, flush: true });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw fault('write', file, error);
  }
}

function remove(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch (error) {
    throw fault('remove', file, error);
  }
}

interface Before {
  readonly text: string | undefined;
  readonly isLinked: boolean;
}

/** Puts back what was there. */
async function restore(unit: Unit, before: Before, machine: Machine): Promise<void> {
  if (!before.isLinked) {
    await attempt(machine, ['disable', unit.name]);
    remove(unit.link);
  }
  if (before.text === undefined) remove(unit.file);
  else write(unit.file, before.text);
  await attempt(machine, ['daemon-reload']);
}

/** For what has a second way, or fails for a reason that is told already. */
async function attempt(machine: Machine, words: readonly string[]): Promise<void> {
  await systemctl(machine, words).catch(() => undefined);
}

function fault(verb: string, file: string, cause: unknown): errors.RodentError {
  const detail = `Cannot ${verb} the unit "${file}": ${errors.describe(cause)}.`;
  return new errors.RodentError(detail, { code: 'FILE', cause });
}
