/** A project with workers and a home with secrets, for the tests of this package. */

import fs from 'node:fs';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { tempDir } from '../../../test/support/index.js';

export interface Tree {
  /** The project's folder. */
  readonly root: string;
  readonly home: string;
  /** The folder of the script `workers/opentdb/get.ts`. */
  readonly scriptDir: string;
  /** Writes a file of the project; returns its path. */
  write(name: string, ...lines: readonly string[]): string;
  /** Writes a file below ~/.uniphant/secrets, closed to others; returns its path. */
  writeSecret(name: string, ...lines: readonly string[]): string;
}

/** Makes a project and a home, which is the home of this process until the test ends. */
export function tree(): Tree {
  const [root, home] = [tempDir(), tempDir()];
  const before = process.env['HOME'];
  process.env['HOME'] = home;
  onTestFinished(() => {
    if (before === undefined) delete process.env['HOME'];
    else process.env['HOME'] = before;
  });
  const scriptDir = path.join(root, 'workers', 'opentdb');
  fs.mkdirSync(scriptDir, { recursive: true });
  return {
    root,
    home,
    scriptDir,
    write: (name, ...lines) => put(path.join(root, name), lines, 0o755),
    writeSecret: (name, ...lines) =>
      put(path.join(home, '.uniphant', 'secrets', name), lines, 0o700),
  };
}

function put(file: string, lines: readonly string[], mode: number): string {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode });
  fs.writeFileSync(file, [...lines, ''].join('\n'), { mode: mode & 0o666 });
  return file;
}
