/** The tarball: packed from a clean copy, installed by another project, imported, compiled and run. */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { root } from './support/index.js';

const run = promisify(execFile);
const SIZE_LIMIT_BYTES = 512 * 1024;

/** What no package outside may import. */
const INSIDE = [
  'rodent',
  'rodent/internal/context/index.js',
  'rodent/dist/internal/context/index.js',
  'rodent/dist/pkg/context/index.js',
];

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

interface Lock {
  readonly name: string;
  readonly packages: Record<string, Readonly<Record<string, unknown>>>;
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-package-'));
const house = path.join(work, 'house');
const guest = path.join(work, 'guest');
let packed: Packed;

beforeAll(async () => {
  packed = await pack();
  await install(path.join(house, packed.filename));
}, 300_000);

afterAll(() => {
  fs.rmSync(work, { recursive: true, force: true });
});

/** Packs a copy of the house, so that the clean build of `prepack` takes dist/ from no other test. */
async function pack(): Promise<Packed> {
  const names = [
    'cmd',
    'internal',
    'pkg',
    'config',
    'package.json',
    '.npmrc',
    'README.md',
    'LICENSE',
  ];
  const tools = ['tsconfig.json', 'tsconfig.build.json', 'rolldown.config.mjs'];
  for (const name of [...names, ...tools, 'CHANGELOG.md']) {
    fs.cpSync(path.join(root, name), path.join(house, name), { recursive: true });
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(house, 'node_modules'));
  fs.mkdirSync(path.join(house, 'dist'));
  fs.writeFileSync(path.join(house, 'dist/stale.js'), '// Left from a build of long ago.\n');
  const { stdout } = await npm(house, 'pack', '--json', '--foreground-scripts=false');
  const [result] = JSON.parse(stdout) as readonly Packed[];
  if (result === undefined) throw new Error(`npm pack said: ${stdout}`);
  return result;
}

/**
 * Installs the tarball. The guest's lock brings the versions of ours, so that npm asks no registry
 * what there is, and takes from its cache what `npm ci` left there.
 */
async function install(tarball: string): Promise<void> {
  const { packages } = JSON.parse(
    fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
  ) as Lock;
  const needed = Object.entries(packages).filter(
    ([place, { dev }]) => place !== '' && dev !== true,
  );
  const itself = { name: 'guest', version: '1.0.0', type: 'module', private: true };
  const lock = { ...itself, lockfileVersion: 3, requires: true };
  write('package.json', JSON.stringify(itself));
  write('package-lock.json', JSON.stringify({ ...lock, packages: Object.fromEntries(needed) }));
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  await npm(guest, 'install', ...quiet, tarball);
}

function npm(cwd: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  // What `npm test` told about itself through the environment is not meant for another npm.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$)/i.test(name)),
  );
  return run('npm', args, { cwd, env, maxBuffer: 64 << 20 }).catch((error: unknown) => {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error([message, stdout, stderr].join('\n'), { cause: error });
  });
}

function write(file: string, text: string): void {
  fs.mkdirSync(guest, { recursive: true });
  fs.writeFileSync(path.join(guest, file), text);
}

/** Runs `text` as an ES module of the guest; returns what it printed. */
async function runModule(text: string): Promise<string> {
  write('program.mjs', text);
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: guest });
  return stdout.trim();
}

/** Compiles the guest's own modules, `texts` by name; returns the compiler's complaints. */
async function compile(texts: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, text] of Object.entries(texts)) write(file, text);
  const options = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true };
  const types = { lib: ['es2023', 'esnext.disposable'], types: ['node'] };
  const typeRoots = [path.join(root, 'node_modules/@types')];
  const compilerOptions = { ...options, ...types, typeRoots };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: Object.keys(texts) }));
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [tsc, '-p', '.'], { cwd: guest }).then(
    () => '',
    (error: { readonly stdout: string }) => error.stdout,
  );
}

describe('the tarball', () => {
  it('holds the build, the configuration and the documents, nothing else', () => {
    const odd = packed.files
      .map((file) => file.path)
      .filter((file) => !/^dist\/bundle\/[\w-]+\.js$|^dist\/.+\.d\.ts$|^config\//.test(file));
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    expect(odd.toSorted()).toEqual(documents);
  });

  it('holds no test, fixture or source map, and stays small', () => {
    const names = packed.files.map((file) => file.path);
    expect(names.filter((file) => /\.test\.|fixtures|testing|\.map$/.test(file))).toEqual([]);
    expect(packed.size).toBeLessThan(SIZE_LIMIT_BYTES);
  });
});

describe('a project that installed it', () => {
  it.each(['context', 'lifecycle', 'worker'])('imports rodent/%s', async (name) => {
    const program = `import * as it from 'rodent/${name}'; console.log(Object.keys(it).join());`;
    expect((await runModule(program)).split(',').length).toBeGreaterThan(3);
  });

  it('finds that importing has no effect on its process', async () => {
    const program = `
      // Node's own assert looks at stderr when it is first loaded, by whomever.
      import 'node:assert';
      // The loader's own files, which it may still be closing, are nobody's effect.
      const isLasting = (name) => !/^(CloseReq|FSReq)/.test(name);
      const look = () => [process.eventNames(), process.getActiveResourcesInfo().filter(isLasting)];
      const before = look();
      await import('rodent/context');
      await import('rodent/lifecycle');
      await import('rodent/worker');
      console.log(JSON.stringify([before, look()]));`;
    const [before, after] = JSON.parse(await runModule(program)) as readonly unknown[];
    expect(after).toEqual(before);
  });

  it.each(INSIDE)('cannot import %s', async (specifier) => {
    const program = `import('${specifier}').catch((error) => console.log(error.code));`;
    expect(await runModule(program)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('compiles against its types, which refuse what it may not do', async () => {
    const text = `
      import * as context from 'rodent/context';
      import * as lifecycle from 'rodent/lifecycle';
      import * as worker from 'rodent/worker';
      using ctx = context.withTimeout(context.background(), 1000);
      const signal: AbortSignal = ctx.signal;
      const life = lifecycle.create({ graceMs: 1000 });
      life.registerShutdownHook('pool', () => {});
      export const parts: readonly unknown[] = [signal, life.phase];
      export const take: worker.WorkerFunction = async (config, log, db, { err }) => {
        const { rows } = await db.query<{ id: string }>('select 1 as id');
        log.info(\`\${config.process_id} \${rows[0]?.id} \${err}\`);
      };`;
    const complaints = await compile({
      'right.ts': text,
      'wrong.ts': text.replace('graceMs: 1000', "graceMs: 'soon'"),
      'inside.ts': INSIDE.map((specifier) => `import '${specifier}';`).join('\n'),
    });
    expect(complaints).not.toContain('node_modules');
    const found = complaints.match(/^\w+\.ts(?=\(.*error TS)/gm)?.toSorted();
    expect(found).toEqual([...INSIDE.map(() => 'inside.ts'), 'wrong.ts']);
  });

  it('runs its bin', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    const bin = path.join(guest, 'node_modules/.bin/rodent');
    const { stdout } = await run(bin, ['--version'], { cwd: guest });
    expect(stdout).toContain(version);
  });
});
