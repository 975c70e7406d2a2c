/** A world of its own for a test: a system file, a user, a project and an environment. */

import fs from 'node:fs';
import path from 'node:path';

import { tempDir } from '../../../test/support/index.js';
import { read } from '../load.js';
import type { ReadOptions } from '../load.js';

export interface World {
  /** The project, which is also the working directory unless a test says otherwise. */
  readonly project: string;
  readonly homeDir: string;
  readonly systemFile: string;
  /** What `load` and `read` take; nothing outside of the world is touched. */
  readonly options: ReadOptions;
  /** Writes a file of the world, mode 0600 unless given; returns its path. */
  readonly write: (path: string, text: string, mode?: number) => string;
}

/** Makes an empty world below a temporary folder: `etc/`, `user/`, `user/project/`. */
export function createWorld(): World {
  const root = tempDir();
  const homeDir = path.join(root, 'user');
  const project = path.join(homeDir, 'project');
  const systemFile = path.join(root, 'etc', 'rodent.conf');
  fs.mkdirSync(project, { recursive: true });
  return {
    project,
    homeDir,
    systemFile,
    options: { env: {}, cwd: project, homeDir, systemFile },
    write: (name, text, mode = 0o600) => {
      const file = path.resolve(project, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      fs.chmodSync(file, mode);
      return file;
    },
  };
}

/** The problems that reading with `options` meets, each as one line. */
export function problems(options: ReadOptions): readonly string[] {
  return read(options).problems.map(({ place, text }) => `${place}: ${text}`);
}
