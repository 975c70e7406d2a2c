/** The floors, computed from the imports themselves, and the lint rule held against the same table. */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { imports, production, root, tempDir } from './support/index.js';
import type { Import, Source } from './support/index.js';

/** Top to bottom; an arrow runs from a line to any line below it. */
const FLOORS: readonly (readonly string[])[] = [
  ['cmd'],
  ['internal/app'],
  ['internal/routes', 'internal/jobs', 'internal/handlers', 'internal/migrations'],
  [
    'internal/http',
    'internal/instance',
    'internal/cron',
    'internal/registry',
    'internal/worker',
    'internal/supervisor',
    'internal/programs',
    'internal/boot',
    'internal/embedded',
    'internal/console',
    'internal/monitor',
    'internal/deploy',
  ],
  [
    'internal/events',
    'internal/postgres',
    'internal/limits',
    'internal/control',
    'internal/systemd',
  ],
  ['internal/lifecycle', 'internal/daemon', 'internal/child'],
  [
    'internal/context',
    'internal/config',
    'internal/log',
    'internal/pidfile',
    'internal/clock',
    'internal/terminal',
    'internal/deferred',
    'internal/host',
    'internal/scripts',
  ],
  ['internal/errors'],
];

/** The arrows allowed within a floor: everyone there may read the clock and name a Context. */
const NEIGHBOURS: Readonly<Record<string, 'values' | 'types'>> = {
  'internal/clock': 'values',
  'internal/context': 'types',
};

/** Returns what is wrong with the imports of `source`, each as a sentence that names the import. */
function violations(source: Source): string[] {
  return imports(source)
    .filter((found) => found.specifier.startsWith('.'))
    .flatMap((found) => {
      const reason = offence(source.path, found);
      const place = `${source.path}:${found.line}`;
      return reason === undefined ? [] : [`${place} imports "${found.specifier}": ${reason}`];
    });
}

function offence(file: string, found: Import): string | undefined {
  const target = path.posix.join(path.posix.dirname(file), found.specifier);
  const [from, to] = [packageOf(file), packageOf(target)];
  if (from === to) return undefined;
  if (!from.startsWith('pkg/') && floorOf(from) < 0) return `${from} stands on no floor`;
  if (!mayImport(from, to, found.isType))
    return `${from} may not import ${to}, arrows run down only`;
  if (target !== `${to}/index.js`) return `${to} is entered through its face, ${to}/index.js`;
  if (found.isType || from.startsWith('pkg/')) return undefined;
  if (found.kind === 're-export') return `only pkg/* shows the words of ${to} as its own`;
  return found.kind === 'named' ? `${to} is entered as a namespace, import * as …` : undefined;
}

function mayImport(from: string, to: string, isType: boolean): boolean {
  if (from.startsWith('pkg/')) return to.startsWith('internal/');
  const [above, below] = [floorOf(from), floorOf(to)];
  if (above !== below) return below > above;
  return NEIGHBOURS[to] === 'values' || (NEIGHBOURS[to] === 'types' && isType);
}

/** cmd is one package with folders; internal/ and pkg/ hold one a folder. */
function packageOf(file: string): string {
  const [top = '', name = ''] = file.split('/');
  return top === 'internal' || top === 'pkg' ? `${top}/${name}` : top;
}

function floorOf(name: string): number {
  return FLOORS.findIndex((floor) => floor.includes(name));
}

describe('the floors', () => {
  it('every import runs down and enters a package by its face', () => {
    expect(production().flatMap(violations)).toEqual([]);
  });

  it.each([
    ['import * as app from "../app/index.js"', 'may not import internal/app'],
    ['import type { App } from "../app/index.js"', 'may not import internal/app'],
    ['const app = await import("../app/index.js")', 'may not import internal/app'],
    ['import * as daemon from "../daemon/index.js"', 'may not import internal/daemon'],
    ['import * as pkg from "../../pkg/context/index.js"', 'may not import pkg/context'],
    ['import * as stop from "../../cmd/stop.js"', 'may not import cmd'],
    ['import * as owner from "../pidfile/owner.js"', 'entered through its face'],
    ['import { claim } from "../pidfile/index.js"', 'entered as a namespace'],
    ['export { claim } from "../pidfile/index.js"', 'only pkg/* shows the words'],
  ])('in internal/lifecycle, %s is found', (statement, reason) => {
    const text = `/** A planted file. */\n\n${statement.replaceAll('"', "'")};\n`;
    const found = violations({ path: 'internal/lifecycle/planted.ts', text });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('internal/lifecycle/planted.ts:3 imports');
    expect(found[0]).toContain(reason);
  });

  it('a package that stands on no floor is found', () => {
    const text = "import * as errors from '../errors/index.js';\n";
    expect(violations({ path: 'internal/novel/index.ts', text })[0]).toContain('on no floor');
  });
});

describe('the lint configuration', () => {
  it('forbids exactly the arrows that the table forbids', async () => {
    const pairs = plantPairs();
    const dir = tempDir();
    for (const pair of pairs) write(dir, pair.file, pair.text);
    const flagged = await lint(dir);
    const wrong = pairs.filter((pair) => flagged.has(pair.file) === pair.isAllowed);
    expect(wrong.map((pair) => `${pair.file}: ${pair.text}`)).toEqual([]);
    expect(flagged.size).toBeGreaterThan(0);
  }, 60_000);

  it('forbids a door other than the face, on every floor', async () => {
    const dir = tempDir();
    const files = [...FLOORS.slice(0, -1).flat(), 'pkg/context'].map((from) => {
      write(
        dir,
        `${from}/deep.ts`,
        `import * as deep from '${wayTo(from, 'internal/errors')}/error.js';`,
      );
      return `${from}/deep.ts`;
    });
    expect([...(await lint(dir))].toSorted()).toEqual(files.toSorted());
  }, 60_000);
});

interface Pair {
  readonly file: string;
  readonly text: string;
  readonly isAllowed: boolean;
}

/** One planted file for each package, each package it could import and each way to import it. */
function plantPairs(): Pair[] {
  const names = [...FLOORS.flat(), 'pkg/context'];
  const arrows = names.flatMap((from) => names.map((to) => ({ from, to })));
  return arrows
    .filter(({ from, to }) => from !== to)
    .flatMap(({ from, to }) =>
      [true, false].map((isType) => ({
        file: `${from}/${to.replace('/', '-')}-${isType ? 'type' : 'value'}.ts`,
        text: `import ${isType ? 'type ' : ''}* as it from '${wayTo(from, to)}/index.js';`,
        isAllowed: mayImport(from, to, isType),
      })),
    );
}

function wayTo(from: string, to: string): string {
  return path.posix.relative(from, to);
}

function write(dir: string, file: string, text: string): void {
  fs.mkdirSync(path.join(dir, path.dirname(file)), { recursive: true });
  fs.writeFileSync(path.join(dir, file), `${text}\n`);
}

/** Lints `dir` with the configuration of the house; returns the files whose imports it forbids. */
function lint(dir: string): Promise<Set<string>> {
  fs.copyFileSync(path.join(root, '.oxlintrc.jsonc'), path.join(dir, '.oxlintrc.jsonc'));
  const oxlint = path.join(root, 'node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '-c', '.oxlintrc.jsonc', '--format', 'json', '.'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: dir, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!stdout.startsWith('{')) reject(new Error(stdout + stderr, { cause: error }));
      else resolve(restricted(stdout));
    });
  });
}

function restricted(report: string): Set<string> {
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: readonly { readonly code: string; readonly filename: string }[];
  };
  return new Set(
    diagnostics
      .filter((found) => found.code === 'eslint(no-restricted-imports)')
      .map((found) => found.filename.replaceAll('\\', '/')),
  );
}
