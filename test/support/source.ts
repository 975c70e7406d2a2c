/** The files of the house as text, and the imports that each one spells out. */

import fs from 'node:fs';
import path from 'node:path';

/** The folder that holds package.json. */
export const root: string = path.resolve(import.meta.dirname, '../..');

/** A file of the house. */
export interface Source {
  /** From the root, with slashes: `internal/errors/index.ts`. */
  readonly path: string;
  readonly text: string;
}

/** An import, a re-export or a dynamic import. */
export interface Import {
  /** First line of the statement, counted from 1. */
  readonly line: number;
  readonly specifier: string;
  readonly kind: 'namespace' | 'named' | 'dynamic' | 're-export' | 'bare';
  /** Nothing of it is left at run time. */
  readonly isType: boolean;
}

const STATIC =
  /^(?<word>import|export) (?<type>type )?(?<what>\*|\{[^}]*\}|[\w$]+)[^'{}]*? from '(?<specifier>[^']+)'/gm;
const BARE = /^import '(?<specifier>[^']+)'/gm;
const DYNAMIC =
  /^(?! *(?:\*|\/\/)).*?\b(?:import|createRequire\(import\.meta\.url\))\(\s*'(?<specifier>[^']+)'/gm;

/** Returns the files below `folders` whose name ends with one of `endings`, sorted by path. */
export function sources(folders: readonly string[], endings: readonly string[]): Source[] {
  return folders
    .filter((folder) => fs.existsSync(path.join(root, folder)))
    .flatMap((folder) => filesBelow(folder))
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .toSorted()
    .map((file) => ({ path: file, text: fs.readFileSync(path.join(root, file), 'utf8') }));
}

/** The TypeScript files that dist/ is made of: no tests, no fixtures, nothing only tests use. */
export function production(): Source[] {
  return sources(['cmd', 'internal', 'pkg'], ['.ts']).filter((source) => !isTestOnly(source.path));
}

/** Whether a file is there for tests alone. */
function isTestOnly(file: string): boolean {
  return /\.test\.ts$|(^|\/)(fixtures|testing|test)\//.test(file);
}

/** Returns the imports of a source in the order of their lines. */
export function imports(source: Source): Import[] {
  return [
    ...[...source.text.matchAll(STATIC)].map((match) => fromStatic(source.text, match)),
    ...[...source.text.matchAll(BARE)].map((match) => plain(source.text, match, 'bare')),
    ...[...source.text.matchAll(DYNAMIC)].map((match) => plain(source.text, match, 'dynamic')),
  ].toSorted((a, b) => a.line - b.line);
}

/** Returns `file:line: text` for each line of `files` that matches. */
export function linesWith(pattern: RegExp, files: readonly Source[]): string[] {
  return files.flatMap((source) =>
    source.text
      .split('\n')
      .map((text, index) => `${source.path}:${index + 1}: ${text.trim()}`)
      .filter((line) => pattern.test(line)),
  );
}

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.split('/').includes('node_modules'));
}

function fromStatic(text: string, match: RegExpExecArray): Import {
  const { word, type, what = '' } = match.groups ?? {};
  const isExport = word === 'export';
  const kind = isExport ? 're-export' : what === '*' ? 'namespace' : 'named';
  return { ...plain(text, match, kind), isType: type !== undefined };
}

function plain(text: string, match: RegExpExecArray, kind: Import['kind']): Import {
  const line = text.slice(0, match.index).split('\n').length;
  return { line, specifier: match.groups?.['specifier'] ?? '', kind, isType: false };
}
