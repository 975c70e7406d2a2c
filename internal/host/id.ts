/** Reads the host's id from its file, and makes it when there is none. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import * as errors from '../errors/index.js';
import { isUuid } from './uuid.js';

/** What a new id is. */
export interface IdOptions {
  /** The id to write where there is none yet; default a random one. */
  readonly initial?: string;
}

/**
 * Returns the id in `file`, in lower case; where there is no file, writes a new id to it (and its
 * folder) first. All who ask at once, in any process, get the same id.
 *
 * @throws RodentError FILE naming the file when it holds no id, or cannot be read or written;
 * CONFIG_INVALID when `initial` is no UUID.
 * @example
 * const id = await host.getOrCreateId('/srv/shop/.host_id');
 */
export async function getOrCreateId(file: string, options: IdOptions = {}): Promise<string> {
  const { initial = randomUUID() } = options;
  if (!isUuid(initial))
    throw new errors.RodentError(`The host id "${initial}" is not a UUID.`, {
      code: 'CONFIG_INVALID',
    });
  try {
    const found = await read(file);
    if (found !== undefined) return found;
    await publish(file, initial.toLowerCase());
    // Perhaps somebody else was first: what the name stands for now is the id.
    const agreed = await read(file);
    if (agreed !== undefined) return agreed;
    throw new Error('it was removed at once');
  } catch (error) {
    throw failure(file, error);
  }
}

async function read(file: string): Promise<string | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const id = text.trim();
  if (isUuid(id)) return id.toLowerCase();
  throw new errors.RodentError(
    `The file "${file}" holds no host id (a UUID): correct it, or remove it to get a new id.`,
    { code: 'FILE', contextData: { file, bytes: text.length } },
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.promises.readFile(file, 'utf8');
  } catch (error) {
    if (errors.hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Gives `file` its content in one step. link(2) refuses a name that exists, where rename(2) replaces it. */
async function publish(file: string, id: string): Promise<void> {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await fs.promises.writeFile(draft, `${id}\n`, { flag: 'wx', mode: 0o644, flush: true });
    await fs.promises.link(draft, file);
  } catch (error) {
    if (!errors.hasCode(error, 'EEXIST')) throw error;
  } finally {
    await fs.promises.rm(draft, { force: true });
  }
}

function failure(file: string, error: unknown): errors.RodentError {
  if (errors.isRodentError(error)) return error;
  return new errors.RodentError(
    `Cannot read or write the host id in "${file}": ${errors.describe(error)}.`,
    { code: 'FILE', cause: error, contextData: { file } },
  );
}
