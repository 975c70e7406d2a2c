/** What the house writes down beside its code: decisions, pages, and what it depends on. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { imports, linesWith, production, root, sources } from './support/index.js';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as Lock;
/** Every package that npm would install, by its place; the root itself is none. */
const locked = Object.entries(lock.packages).filter(([place]) => place !== '');

/** A binary for another platform may stand in the lock by version alone. */
function isSealed(entry: Locked): boolean {
  return entry.integrity !== undefined || entry.optional === true;
}

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

describe('the documents', () => {
  const decisions = sources(['docs/adr'], ['.md']);

  it('number their decisions without a gap and keep each within 40 lines', () => {
    const names = decisions.map((adr) => path.basename(adr.path));
    const numbers = names.map((_, index) => String(index + 1).padStart(4, '0'));
    expect(names.map((name) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1])).toEqual(numbers);
    const long = decisions.filter((adr) => adr.text.trimEnd().split('\n').length > 40);
    expect(long.map((adr) => adr.path)).toEqual([]);
  });

  it('say of each dependency why it is there', () => {
    const said = decisions.map((adr) => adr.text).join('\n');
    const names = Object.keys(manifest.dependencies);
    expect(names.filter((name) => !said.includes(`\`${name}\``))).toEqual([]);
  });

  it('name only scripts that exist', () => {
    const pages = ['README.md', 'ARCHITECTURE.md', 'bench/README.md'].map(read).join('\n');
    const named = [...pages.matchAll(/npm run (?:--silent )?([a-z]\S*)\b/g)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !Object.hasOwn(manifest.scripts, name ?? ''))).toEqual([]);
  });

  it('leave nothing to be done later', () => {
    const files = sources(['cmd', 'internal', 'pkg', 'bench', 'docs', 'examples', 'config'], ['']);
    expect(linesWith(/\b(TODO|FIXME|XXX|HACK)\b/, files)).toEqual([]);
  });
});

describe('the dependencies', () => {
  it('are pinned exactly', () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(versions).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('are exactly what production code imports', () => {
    const specifiers = production()
      .flatMap(imports)
      .filter((found) => !found.isType && /^[^.]/.test(found.specifier))
      .map((found) => /^(@[^/]+\/)?[^/]+/.exec(found.specifier)?.[0] ?? '')
      .filter((name) => !name.startsWith('node:'));
    const names = Object.keys(manifest.dependencies);
    expect([...new Set(specifiers)].toSorted()).toEqual(names.toSorted());
  });

  it('come from whatever registry npm is told, so the lock names no host', () => {
    const odd = locked.filter(([, entry]) => 'resolved' in entry || !isSealed(entry));
    expect(odd.map(([place]) => place)).toEqual([]);
    expect(read('.npmrc').trim().split('\n')).toEqual([
      'omit-lockfile-registry-resolved=true',
      'save-exact=true',
    ]);
  });

  // npm drops a platform's binary from the lock when the registry at hand has no such platform, and
  // `npm ci` then refuses the lock everywhere.
  it('have an entry in the lock for the binaries of every platform', () => {
    const binaries = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    const places = new Set(locked.map(([place]) => place.split('node_modules/').at(-1)));
    expect(binaries.filter((name) => !places.has(name))).toEqual([]);
  });

  it('need no script of their own at installation', () => {
    const scripted = locked.filter(([, entry]) => entry.hasInstallScript === true);
    const needed = scripted.filter(([, entry]) => entry.optional !== true);
    expect(needed.map(([place]) => place)).toEqual([]);
  });
});
