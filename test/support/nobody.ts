/** Running the program as the user nobody, who may not see the folder that the tests run in. */

import fs from 'node:fs';
import path from 'node:path';

import { tempDir } from './folder.js';
import { PROGRAM } from './rodent.js';

const NOBODY = 65_534;

/** Whether tests may become another user. */
export const canBecomeNobody: boolean = process.getuid?.() === 0;

/** Gives `file` to nobody. */
export function giveToNobody(file: string): void {
  fs.chownSync(file, NOBODY, NOBODY);
}

/** A file that, imported first, makes a process one of nobody's. */
export function becomeNobody(): string {
  const dir = tempDir();
  fs.chmodSync(dir, 0o755);
  const file = path.join(dir, 'become-nobody.mjs');
  const lines = [
    'process.setgroups([]);',
    `process.setgid(${NOBODY});`,
    `process.setuid(${NOBODY});`,
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** The program where everybody can read it: where it is, or else in a copy. */
export function readableProgram(): string {
  const root = path.resolve(path.dirname(PROGRAM), '..', '..');
  if (isReachable(root)) return PROGRAM;
  const copy = tempDir();
  fs.chmodSync(copy, 0o755);
  for (const name of ['package.json', 'dist', ...productionPackages(root)]) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  return path.join(copy, 'dist', 'cmd', 'rodent.js');
}

function isReachable(dir: string): boolean {
  const isOpen = (fs.statSync(dir).mode & 0o005) === 0o005;
  return isOpen && (dir === path.dirname(dir) || isReachable(path.dirname(dir)));
}

/** The folders of what the package needs at run time, as its lock file names them. */
function productionPackages(root: string): readonly string[] {
  const lock: unknown = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const packages = Object.entries(
    (lock as { packages: Record<string, { dev?: boolean }> }).packages,
  );
  return packages
    .filter(
      ([name, { dev }]) => name !== '' && dev !== true && fs.existsSync(path.join(root, name)),
    )
    .map(([name]) => name);
}
