/** The initial configuration, and the files on top of it. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import * as host from '../host/index.js';
import * as commandLine from './command-line.js';
import type { Config, InitialConfig } from './dictionary.js';
import * as files from './files.js';
import type { ScriptDetails } from './script.js';
import { getScriptDetails } from './script.js';

/** What a configuration is made of; every part has a default. */
export interface SetupOptions {
  /** Default: those of the calling script. */
  readonly details?: ScriptDetails;
  /** Default: the UUID on the command line, else an empty text. */
  readonly workerId?: string;
  /** Default: whether the command line says so. */
  readonly foreground?: boolean;
}

/**
 * Builds the dictionary with every initial key and reads the files into it. `host_id` is read, or made at
 * the first time on this machine; `process_id` is new at every call.
 *
 * @throws RodentError USAGE for a script in the wrong place; CONFIG_INVALID, see `readConfigFiles`; FILE
 *   for a file of the host id that holds none.
 * Source: seed 001 section 4.3; R-UNI-30, R-UNI-47…57.
 */
export function setupConfig(options: SetupOptions = {}): Promise<Config> {
  // Before anything is awaited: the calling script is found on the stack.
  const details = options.details ?? getScriptDetails();
  return complete(details, options);
}

async function complete(details: ScriptDetails, options: SetupOptions): Promise<Config> {
  const words = commandLine.glance(process.argv.slice(2));
  const foreground = options.foreground ?? words.foreground;
  const lockFile = path.join(details.root_dir, '.lock');
  const hostIdFile = path.join(details.root_dir, '.host_id');
  const initial: Omit<InitialConfig, 'secret_dir'> = {
    ...details,
    lock_file: lockFile,
    host_id_file: hostIdFile,
    host_id: await host.getOrCreateId(hostIdFile, formerId(details.root_dir)),
    process_id: randomUUID(),
    host_name: os.hostname(),
    foreground,
    worker_id: options.workerId ?? words.workerId ?? '',
    parent_pid: foreground ? process.ppid : undefined,
  };
  // Reading adds `secret_dir`, the one key that was missing.
  return files.readConfigFiles({ secret_dir: '', ...initial });
}

/** The id of a service that ran here before there were worker scripts: they are the same host. */
function formerId(root: string): { readonly initial?: string } {
  const file = path.join(root, '.rodent', 'data', 'host-id');
  try {
    return { initial: fs.readFileSync(file, 'utf8').trim() };
  } catch {
    // There was none, or it keeps its data elsewhere.
    return {};
  }
}

/**
 * Returns the UUID of this machine: the content of `hostIdFile`, or a new one that is written there. All
 * who ask at once get the same; the file appears whole or not at all. `lockFile` is not needed for that
 * (the file is made by link(2), which only one can win) and stands here for the manual's sake.
 *
 * @throws RodentError FILE naming the file when it holds no UUID, or cannot be read or made.
 * Source: seed 001 section 3; R-UNI-8, R-UNI-9, R-UNI-51, R-UNI-52.
 */
export async function getOrCreateHostId(_lockFile: string, hostIdFile: string): Promise<string> {
  return host.getOrCreateId(hostIdFile);
}

/**
 * Whether `text` is a UUID in its canonical form, 8-4-4-4-12, in any case. Never throws.
 *
 * Source: seed 001 section 3; R-UNI-10.
 */
export function isValidUuid(text: string): boolean {
  return host.isUuid(text);
}
