/** From a command line to a service: configuration, warnings, detaching, and the life itself. */

import * as config from '../config/index.js';
import * as daemon from '../daemon/index.js';
import * as lifecycle from '../lifecycle/index.js';
import * as log from '../log/index.js';
import * as guards from './guards.js';
import type { ServeOptions } from './options.js';
import * as privileges from './privileges.js';
import { Service } from './service.js';
import { staffing } from './staffing.js';

/** Beyond the service's own limit, so that its word, not ours, tells what went wrong. */
const MARGIN_MS = 5_000;

/**
 * Runs the service; with `detach` returns once it is ready in the background.
 *
 * @throws RodentError CONFIG_INVALID, START_FAILED, and with `detach` the daemon's own error.
 */
export async function serve(given: ServeOptions): Promise<number> {
  const handshake = daemon.handshake();
  try {
    const first = config.load(given.read);
    const read = privileges.readAsUser(first, given.read);
    const options = { ...given, read };
    const loaded = read === given.read ? first : config.load(read);
    const warnings = check(loaded, options);
    if (handshake.role === 'alone') for (const text of warnings) options.terminal.warn(text);
    if (handshake.role !== 'successor') save(loaded, options);
    if (handshake.role === 'alone') privileges.prepare(loaded);
    if (loaded.get('detach') && handshake.role === 'alone') return await detach(loaded, options);
    await live(loaded, options, handshake);
  } catch (error) {
    handshake.failed(error);
    throw error;
  }
  return 0;
}

function check(loaded: config.Config, { uid, read }: ServeOptions): readonly string[] {
  config.requireVariables(loaded, read.env);
  return guards.check({
    uid,
    user: loaded.get('user') ?? '',
    isRootAllowed: loaded.get('allowRoot'),
    databaseUser: config.databaseUser(loaded),
    nodeVersion: process.versions.node,
  });
}

function save(loaded: config.Config, options: ServeOptions): void {
  if (!loaded.get('save')) return;
  const { cwd, homeDir } = options.read;
  const target = config.savePath(loaded, { cwd, homeDir, uid: options.uid });
  const { path, secrets } = config.save(loaded, target);
  const left = secrets.length === 0 ? '' : `, without the secrets ${secrets.join(', ')}`;
  options.terminal.note(`Saved the configuration to "${path}"${left}.`);
}

async function detach(loaded: config.Config, options: ServeOptions): Promise<number> {
  const { program, terminal } = options;
  const { app, appError } = log.paths(loaded.get('log.dir'));
  const { pid, info } = await daemon.launch({
    ...program,
    stdout: app,
    stderr: appError,
    timeoutMs: loaded.get('start.timeout') + MARGIN_MS,
  });
  const url = isInfo(info) && info.url !== '' ? `, ${info.url}` : '';
  terminal.print(`Started process ${pid}${url}. Stop it with "rodent stop".`);
  return 0;
}

function isInfo(info: unknown): info is { readonly url: string } {
  return typeof info === 'object' && info !== null && 'url' in info && typeof info.url === 'string';
}

async function live(
  loaded: config.Config,
  options: ServeOptions,
  handshake: daemon.Handshake,
): Promise<void> {
  const service = new Service(loaded, options, handshake);
  await lifecycle.run((life) => service.start(life), {
    name: 'rodent',
    graceMs: loaded.get('drain.grace'),
    hookMs: loaded.get('stop.hookTimeout'),
    // Readiness is the workers' to fail, and so is the delay.
    drainDelayMs: staffing(loaded) > 0 ? 0 : loaded.get('drain.delay'),
    // With workers each step has a limit of its own, and nobody knows how many there will be.
    reloadMs: staffing(loaded) > 0 ? Infinity : loaded.get('reload.timeout') + MARGIN_MS,
    observe: (event) => service.observe(event),
    signals: service.signals(),
    beforeExit: (report) => service.end(report),
  });
}
