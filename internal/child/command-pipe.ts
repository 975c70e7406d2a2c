/** Pipes between a program and this process, made so that the program may open them by name. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The two ends of a pipe, as descriptors of this process. */
export interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Who may open the pipe by name, beside this process's user. */
export interface Owner {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/**
 * Makes `count` pipes; none when that is not possible here.
 *
 * What Node calls a pipe is a pair of sockets, and a socket cannot be opened through /dev/stdout or
 * /dev/fd/3, as nginx, shells and many others do. A named pipe can; it loses its name at once.
 */
export function makePipes(count: number, owner: Owner): readonly Pipe[] {
  if (count === 0) return [];
  const pipes: Pipe[] = [];
  let dir = '';
  try {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-pipe-'));
    const names = Array.from({ length: count }, (_, index) => path.join(dir, String(index)));
    spawnSync('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' });
    for (const name of names) pipes.push(open(name, owner));
    return pipes;
  } catch {
    // No mkfifo, no room, or no folder for temporary files: sockets do for most programs.
    for (const { reader, writer } of pipes) [reader, writer].forEach((end) => fs.closeSync(end));
    return [];
  } finally {
    if (dir !== '') fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** The reader first, without waiting for a writer; then the writer finds somebody. */
function open(name: string, { uid, gid }: Owner): Pipe {
  if (uid !== undefined || gid !== undefined) fs.chownSync(name, uid ?? -1, gid ?? -1);
  const reader = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    return { reader, writer: fs.openSync(name, fs.constants.O_WRONLY) };
  } catch (error) {
    fs.closeSync(reader);
    throw error;
  }
}
