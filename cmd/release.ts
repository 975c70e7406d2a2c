/** Which rodent this is: read from the package that the program belongs to. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Release {
  readonly version: string;
  /** Commit the package was built from; undefined in a working tree. */
  readonly commit: string | undefined;
  /** Time of that commit, ISO 8601; undefined in a working tree. */
  readonly builtAt: string | undefined;
}

/** Reads the release from package.json and, in an installed package, from the stamp of its build. */
export function read(): Release {
  const root = packageRoot(path.dirname(fileURLToPath(import.meta.url)));
  const manifest: unknown = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const stamp = path.join(root, 'dist', 'BUILD');
  const [commit, builtAt] = fs.existsSync(stamp)
    ? fs.readFileSync(stamp, 'utf8').trim().split(' ')
    : [];
  return { version: versionOf(manifest), commit, builtAt };
}

function packageRoot(dir: string): string {
  if (fs.existsSync(path.join(dir, 'package.json')) || dir === path.dirname(dir)) return dir;
  return packageRoot(path.dirname(dir));
}

function versionOf(manifest: unknown): string {
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
