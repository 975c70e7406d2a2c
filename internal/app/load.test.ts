import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as support from '../../test/support/index.js';
import { load } from './load.js';

function write(name: string, text: string): { file: string; cacheDir: string } {
  const dir = support.tempDir();
  const file = path.join(dir, name);
  fs.writeFileSync(file, text);
  return { file, cacheDir: path.join(dir, 'cache') };
}

async function answer(name: string, text: string): Promise<string> {
  const { file, cacheDir } = write(name, text);
  const app = await load(file, { cacheDir });
  const fetch = typeof app === 'function' ? app : app.fetch.bind(app);
  const response = await fetch(new Request('http://localhost/'));
  return response.text();
}

async function refusal(name: string, text: string): Promise<string> {
  const { file, cacheDir } = write(name, text);
  const error: unknown = await load(file, { cacheDir }).catch((reason: unknown) => reason);
  return error instanceof Error ? error.message.replaceAll(path.dirname(file), '') : 'loaded';
}

describe('load() takes', () => {
  test.each([
    ['an object with fetch', 'app.mjs', 'export default { fetch: () => new Response("a") }', 'a'],
    ['a function', 'app.mjs', 'export default () => new Response("b")', 'b'],
    ['CommonJS', 'app.cjs', 'module.exports = { fetch: () => new Response("c") }', 'c'],
    [
      'CommonJS with a default export',
      'app.cjs',
      'exports.__esModule = true; exports.default = () => new Response("d")',
      'd',
    ],
    [
      'TypeScript',
      'app.ts',
      'const word: string = "e"; export default (r: Request): Response => new Response(word)',
      'e',
    ],
    [
      'TypeScript with top-level await',
      'app.mts',
      'const word: string = await Promise.resolve("f"); export default () => new Response(word)',
      'f',
    ],
  ])('%s', async (_what, name, text, expected) => {
    await expect(answer(name, text)).resolves.toBe(expected);
  });
});

describe('load() refuses in one sentence', () => {
  test('a file that does not exist, naming its neighbour', async () => {
    const { file, cacheDir } = write('app.ts', '');
    const missing = file.replace(/ts$/, 'js');
    await expect(load(missing, { cacheDir })).rejects.toThrow(
      `Cannot find the application "${missing}"; did you mean "app.ts".`,
    );
  });

  test('a folder', async () => {
    const { file, cacheDir } = write('app.ts', '');
    await expect(load(path.dirname(file), { cacheDir })).rejects.toThrow('it is not a file.');
  });

  test.each([
    [
      'an error on load, with its place',
      'a.mjs',
      '\nthrow new TypeError("boom")',
      /^Cannot load the application "\/a\.mjs": TypeError: boom \(\/a\.mjs:2:7\)\.$/,
    ],
    [
      'the same from TypeScript',
      'a.ts',
      'const x: number = 1;\nthrow new TypeError("boom" + x)',
      /^Cannot load the application "\/a\.ts": TypeError: boom1 \(\/a\.ts:2:\d+\)\.$/,
    ],
    [
      'no default export',
      'a.mjs',
      'export const app = 1',
      /it has no default export; its default export must be/,
    ],
    [
      'an object without fetch',
      'a.mjs',
      'export default { listen() {} }',
      /it exports an object without a fetch function;/,
    ],
    ['a class', 'a.mjs', 'export default class App {}', /it exports a class;/],
    ['a number', 'a.mjs', 'export default 3', /it exports a number;/],
    ['null', 'a.mjs', 'export default null', /it exports null;/],
    [
      'a missing import',
      'a.mjs',
      'import "no-such-package"',
      /Cannot find package 'no-such-package'/,
    ],
  ])('%s', async (_what, name, text, pattern) => {
    await expect(refusal(name, text)).resolves.toMatch(pattern);
  });
});
