/** The rules of the house that no tool knows: the tree, its faces and its lists. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { imports, linesWith, production, root, sources } from './support/index.js';
import type { Source } from './support/index.js';

const HOUSE = [
  '.ci bench cmd config docs examples internal pkg test',
  'ARCHITECTURE.md CHANGELOG.md LICENSE README.md',
  'Taskfile.yml package.json package-lock.json tsconfig.json tsconfig.build.json rolldown.config.mjs vitest.config.ts',
  '.gitignore .knip.jsonc .npmrc .oxfmtrc.jsonc .oxlintrc.jsonc',
].flatMap((line) => line.split(' '));
/** What work leaves behind and .gitignore names. */
const UNTRACKED = /^(\.git|\.rodent|node_modules|dist|coverage|.+\.(tgz|log))$/;

/** Where the process may end at once; every other place throws. */
const MAY_EXIT = /^internal\/(lifecycle\/run|daemon\/launcher)\.ts$/;
/** Where the environment is read: configuration, the hand-over to a daemon, and the borders of programs. */
const MAY_READ_ENV =
  /^(internal\/(config|daemon|child)\/|internal\/worker\/environment\.ts$|cmd\/main\.ts$)/;

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

function exists(file: string): boolean {
  return fs.existsSync(path.join(root, file));
}

/** `file:line: text` for each line of production code, comments left out, that matches. */
function codeWith(pattern: RegExp): string[] {
  return linesWith(pattern, production()).filter((line) => !/^[^ ]+ (\/?\*|\/\/)/.test(line));
}

describe('the tree', () => {
  it('has exactly the names of the house at its top', () => {
    const names = fs.readdirSync(root).filter((name) => !UNTRACKED.test(name));
    expect(names.toSorted()).toEqual(HOUSE.toSorted());
  });

  it('has no file that is named for its form instead of its subject', () => {
    const paths = sources(['cmd', 'internal', 'pkg', 'test'], ['.ts', '.mjs']).map((s) => s.path);
    expect(paths.filter((file) => /\b(utils?|common|helpers?|types)\b/.test(file))).toEqual([]);
  });

  it('names files in kebab-case and folders with one lower-case word', () => {
    const paths = production().map((source) => source.path);
    const proper = /^(cmd|internal|pkg)\/([a-z]+\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/;
    expect(paths.filter((file) => !proper.test(file))).toEqual([]);
  });

  it('opens each face with the name of its package', () => {
    const faces = production().filter((source) => source.path.endsWith('/index.ts'));
    const wrong = faces.filter((source) => {
      const name = path.basename(path.dirname(source.path));
      return !new RegExp(`^/\\*\\*\\n? \\*? ?Package ${name}: `).test(source.text);
    });
    expect(wrong.map((source) => source.path)).toEqual([]);
  });

  it('gives each package a face', () => {
    const folders = new Set(production().map((source) => path.dirname(source.path)));
    expect([...folders].filter((folder) => !exists(`${folder}/index.ts`))).toEqual([]);
  });
});

describe('production code', () => {
  it('ends the process in the documented places alone', () => {
    const found = codeWith(/\bprocess\.(exit\(|reallyExit|abort\()/);
    expect(found.filter((line) => !MAY_EXIT.test(line.split(':')[0] ?? ''))).toEqual([]);
  });

  it('reads the environment in the documented places alone', () => {
    const found = codeWith(/\bprocess\.env\b|\benv\b.*\} = process;/);
    expect(found.filter((line) => !MAY_READ_ENV.test(line.split(':')[0] ?? ''))).toEqual([]);
  });

  it('prints through the terminal or the log, never through console', () => {
    expect(codeWith(/\bconsole\.\w+\(/)).toEqual([]);
  });

  it('keeps no state in a module', () => {
    const files = production();
    const states = files.flatMap((source) =>
      [...source.text.matchAll(/^(export )?(let|var) .*/gm)].map((m) => `${source.path}: ${m[0]}`),
    );
    expect(states).toEqual([]);
  });

  it('takes no bare boolean as a parameter of an exported function', () => {
    const signatures = production().flatMap((source) =>
      [...source.text.matchAll(/^export (async )?function \w+(<[^(]*>)?\(([^)]*)\)/gm)]
        .filter(([, , , parameters = '']) =>
          /^\s*\w+\??: boolean\b/m.test(
            parameters.replaceAll(/\{[^}]*\}/g, '').replaceAll(',', '\n'),
          ),
        )
        .map((match) => `${source.path}: ${match[0]}`),
    );
    expect(signatures).toEqual([]);
  });
});

describe('the public packages', () => {
  const faces = production().filter((source) => /^pkg\/[^/]+\/index\.ts$/.test(source.path));

  it('are the entries of the exports map, one for one', () => {
    const entries = faces.map((source) => `.${source.path.slice(3, -'/index.ts'.length)}`);
    const mapped = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    expect(entries.toSorted()).toEqual(mapped.toSorted());
  });

  it('only re-export', () => {
    const bodies = faces.map((source) =>
      source.text
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/^export (type )?\{[^}]*\} from '[^']+';$/gm, '')
        .trim(),
    );
    expect(bodies.filter((body) => body !== '')).toEqual([]);
  });

  it('document every export where it is declared', () => {
    const undocumented = faces.flatMap((face) =>
      exportedNames(face).filter(({ name, from }) => !isDocumented(name, resolve(face, from))),
    );
    expect(undocumented).toEqual([]);
  });
});

interface Exported {
  readonly name: string;
  readonly from: string;
}

function exportedNames(source: Source): Exported[] {
  return [...source.text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => ({ name: name.split(' as ')[0] ?? name, from })),
  );
}

function resolve(source: Source, specifier: string): Source {
  const file = path.posix.join(path.posix.dirname(source.path), specifier).replace(/\.js$/, '.ts');
  return { path: file, text: read(file) };
}

/** Whether a doc comment ends right above the declaration, however many faces lead to it. */
function isDocumented(name: string, source: Source): boolean {
  const next = exportedNames(source).find((exported) => exported.name === name);
  if (next !== undefined) return isDocumented(name, resolve(source, next.from));
  const declaration = new RegExp(
    `\\*/\\nexport (abstract |async )*(function\\*?|class|const|interface|type) ${name}\\b`,
  );
  return declaration.test(source.text);
}

describe('the lists', () => {
  it('cmd/index.ts names every file that holds a command', () => {
    const commands = production()
      .filter((source) => source.path.startsWith('cmd/') && /: Command\b.* = \{/.test(source.text))
      .map((source) => `./${source.path.slice('cmd/'.length, -'.ts'.length)}.js`);
    const list = { path: 'cmd/index.ts', text: read('cmd/index.ts') };
    const listed = imports(list).filter((found) => found.kind === 'dynamic');
    expect(listed.map((found) => found.specifier).toSorted()).toEqual(commands.toSorted());
  });

  it('Taskfile.yml names the npm scripts, one line each', () => {
    const tasks = read('Taskfile.yml').split('\ntasks:\n')[1]?.trimEnd().split('\n');
    const scripts = Object.keys(manifest.scripts);
    expect(tasks).toEqual(scripts.map((name) => `  ${name}: npm run ${name}`));
  });
});
