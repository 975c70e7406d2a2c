import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as log from './index.js';

const PRINTER = fileURLToPath(new URL('fixtures/printer.mjs', import.meta.url));

test('what the application prints goes into its own files, rotated like them', async () => {
  const dir = tempDir();
  const printer = spawnNode(PRINTER, [dir]);
  expect((await printer.exit).code).toBe(0);
  const names = fs.readdirSync(dir).filter((name) => name.startsWith('app.log'));
  expect(names.length).toBeGreaterThan(2);
  const lines = names.flatMap((name) =>
    fs.readFileSync(path.join(dir, name), 'utf8').trimEnd().split('\n'),
  );
  for (const line of [
    'console.log 1',
    'written in two chunks é',
    'called back',
    'hexa',
    'piped',
    'from a thread',
    'filler 49',
  ]) {
    expect(lines).toContain(line);
  }
  expect(fs.readFileSync(path.join(dir, 'app.error.log'), 'utf8')).toBe('console.error\n');
  expect(printer.stdout()).toBe('past the capture\n');
  expect(printer.stderr()).toBe('past the capture\n');
});

function foreign(): boolean {
  return true;
}

test('undoing leaves alone what somebody else put in place since', () => {
  const service = log.open({ dir: tempDir() });
  const undo = log.captureStdio(service);
  Object.defineProperty(process.stdout, 'write', { value: foreign, configurable: true });
  undo();
  const left = Object.getOwnPropertyDescriptor(process.stdout, 'write')?.value;
  Reflect.deleteProperty(process.stdout, 'write');
  service.close();
  expect(left).toBe(foreign);
});

test('loading the package loads no logger, and opening a log neither', async () => {
  const dir = tempDir();
  const script = path.join(dir, 'probe.mjs');
  const face = new URL('../../dist/internal/log/index.js', import.meta.url);
  fs.writeFileSync(
    script,
    `import { createRequire } from 'node:module';
     import * as log from ${JSON.stringify(face.href)};
     const service = log.open({ dir: ${JSON.stringify(path.join(dir, 'log'))} });
     service.record('info', 'One');
     const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('pino'));
     console.log(loaded());
     service.server.info('Two');
     console.log(loaded());`,
  );
  const probe = spawnNode(script);
  await probe.exit;
  expect(probe.stdout()).toBe('false\ntrue\n');
});
