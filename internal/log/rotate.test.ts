import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { spawnNode, tempDir, until } from '../../test/support/index.js';
import * as log from './index.js';
import { rotate } from './rotate.js';

const CHATTER = fileURLToPath(new URL('fixtures/chatter.mjs', import.meta.url));
const WRITER = fileURLToPath(new URL('fixtures/writer.mjs', import.meta.url));

/** Every line of a log file and of its old files, oldest file first. */
function allLines(file: string): string[] {
  const name = path.basename(file);
  const old = fs
    .readdirSync(path.dirname(file))
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => Number(entry.slice(name.length + 1)))
    .toSorted((a, b) => b - a)
    .map((n) => `${file}.${n}`);
  return [...old, file].flatMap((each) => fs.readFileSync(each, 'utf8').trimEnd().split('\n'));
}

function valuesOf(lines: readonly string[], key: string): unknown[] {
  return lines.map((line) => JSON.parse(line).context_data[key]);
}

test('a file is rotated before it would grow beyond its size, and no line is lost or split', () => {
  const dir = tempDir();
  const service = log.open({ dir, rotate: { sizeBytes: 1_000, keep: 1_000 } });
  for (let n = 0; n < 500; n += 1) {
    service.record('info', 'Line', { n });
    service.app(`line ${n}\n`);
  }
  service.close();
  const file = path.join(dir, 'error.log');
  expect(valuesOf(allLines(file), 'n')).toEqual(Array.from({ length: 500 }, (_value, n) => n));
  for (const name of fs.readdirSync(dir)) {
    expect(fs.statSync(path.join(dir, name)).size).toBeLessThanOrEqual(1_000);
  }
  expect(allLines(path.join(dir, 'app.log'))).toHaveLength(500);
  expect(service.stats().streams.server.rotations).toBe(
    fs.readdirSync(dir).filter((name) => name.startsWith('error.log.')).length,
  );
});

test('a batch larger than the size is cut between lines', () => {
  const dir = tempDir();
  const service = log.open({ dir, rotate: { sizeBytes: 1_000, keep: 100 } });
  service.app(Array.from({ length: 200 }, (_value, n) => `line ${n}\n`).join(''));
  service.close();
  const file = path.join(dir, 'app.log');
  expect(allLines(file)).toEqual(Array.from({ length: 200 }, (_value, n) => `line ${n}`));
  expect(fs.statSync(`${file}.1`).size).toBeLessThanOrEqual(1_000);
});

test('a line that the application has begun is not cut by a rotation', () => {
  const dir = tempDir();
  const service = log.open({ dir, rotate: { sizeBytes: 20, keep: 9 } });
  service.app('first line of some length\n');
  service.app('second ');
  service.app('line in three ');
  service.app('pieces\n');
  service.app('third\n');
  service.close();
  expect(allLines(path.join(dir, 'app.log'))).toEqual([
    'first line of some length',
    'second line in three pieces',
    'third',
  ]);
});

test('the oldest file goes, and files beyond the number kept go too', () => {
  const dir = tempDir();
  const file = path.join(dir, 'app.log');
  fs.writeFileSync(`${file}.7`, 'of a time when more were kept\n');
  fs.writeFileSync(`${file}.bak`, 'not ours\n');
  const service = log.open({ dir, rotate: { sizeBytes: 10, keep: 2 } });
  for (const word of ['one', 'two', 'three', 'four']) service.app(`${word} 12345678\n`);
  service.close();
  const names = fs.readdirSync(dir).filter((name) => name.startsWith('app.log'));
  expect(names).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.bak']);
  expect(fs.readFileSync(`${file}.2`, 'utf8')).toBe('two 12345678\n');
});

test('a gap in the numbers is filled before an old file goes', () => {
  const dir = tempDir();
  const file = path.join(dir, 'x.log');
  fs.writeFileSync(file, 'now');
  fs.writeFileSync(`${file}.1`, 'one');
  fs.writeFileSync(`${file}.3`, 'three');
  expect(rotate(file, fs.statSync(file), { keep: 3 })).toBe('rotated');
  expect(fs.readFileSync(`${file}.1`, 'utf8')).toBe('now');
  expect(fs.readFileSync(`${file}.2`, 'utf8')).toBe('one');
  expect(fs.readFileSync(`${file}.3`, 'utf8')).toBe('three');
});

test('a file that is not the expected one any more is left alone', () => {
  const file = path.join(tempDir(), 'x.log');
  fs.writeFileSync(file, 'a successor made it');
  const other = { dev: 0, ino: 1 };
  expect(rotate(file, other, { keep: 3 })).toBe('moved');
  expect(fs.readFileSync(file, 'utf8')).toBe('a successor made it');
});

test('a rotation by another process is waited for, one that died is not', () => {
  const file = path.join(tempDir(), 'x.log');
  fs.writeFileSync(file, 'text');
  fs.writeFileSync(`${file}.rotating`, '');
  const identity = fs.statSync(file);
  expect(rotate(file, identity, { keep: 3 })).toBe('busy');
  fs.utimesSync(`${file}.rotating`, new Date(0), new Date(0));
  expect(rotate(file, identity, { keep: 3 })).toBe('rotated');
  expect(fs.existsSync(`${file}.rotating`)).toBe(false);
});

test('three processes rotate the same files and lose nothing', async () => {
  const dir = tempDir();
  const options = { rotate: { sizeBytes: 200_000, keep: 500 } };
  const tags = ['a', 'b', 'c'];
  const writers = tags.map((tag) =>
    spawnNode(WRITER, [JSON.stringify({ dir, tag, count: 10_000, options })]),
  );
  for (const writer of writers) expect((await writer.exit).code).toBe(0);
  const ids = valuesOf(allLines(path.join(dir, 'access.log')), 'request_id');
  for (const tag of tags) {
    const own = ids.filter((id) => String(id).startsWith(tag));
    expect(new Set(own).size).toBe(10_000);
  }
  expect(fs.readdirSync(dir).filter((name) => name.endsWith('.rotating'))).toEqual([]);
});

test('after a rename and SIGUSR1 the records go to a new file, and none is lost', async () => {
  const dir = tempDir();
  const file = path.join(dir, 'error.log');
  const chatter = spawnNode(CHATTER, [JSON.stringify({ dir })]);
  await chatter.line(/chatting/);
  for (const n of [2, 1]) {
    await until('a line', () => fs.existsSync(file) && fs.statSync(file).size > 0);
    fs.renameSync(file, `${file}.${n}`);
    chatter.child.kill('SIGUSR1');
  }
  await until('a line in the new file', () => fs.existsSync(file) && fs.statSync(file).size > 0);
  chatter.child.kill('SIGTERM');
  await chatter.exit;
  const { written } = JSON.parse(chatter.stderr().split('\n')[1] ?? '{}');
  const expected = Array.from({ length: written }, (_value, n) => n);
  expect(valuesOf(allLines(file), 'n')).toEqual(expected);
});

test('a file that was renamed without a word is noticed', async () => {
  const dir = tempDir();
  const file = path.join(dir, 'error.log');
  const chatter = spawnNode(CHATTER, [JSON.stringify({ dir })]);
  await until('a line', () => fs.existsSync(file) && fs.statSync(file).size > 0);
  fs.renameSync(file, `${file}.1`);
  await until('a line in the new file', () => fs.existsSync(file) && fs.statSync(file).size > 0);
  chatter.child.kill('SIGTERM');
  await chatter.exit;
  const { written } = JSON.parse(chatter.stderr().split('\n')[1] ?? '{}');
  expect(valuesOf(allLines(file), 'n')).toHaveLength(written);
});

test('a folder that was removed is made again on reopen()', () => {
  const dir = path.join(tempDir(), 'log');
  const service = log.open({ dir });
  fs.rmSync(dir, { recursive: true });
  service.reopen();
  service.record('info', 'Here again');
  service.close();
  expect(fs.readFileSync(path.join(dir, 'error.log'), 'utf8')).toContain('Here again');
});

test('setRotation() takes effect at once, and size 0 rotates nothing', () => {
  const dir = tempDir();
  const service = log.open({ dir, rotate: { sizeBytes: 0 } });
  for (let n = 0; n < 20; n += 1) service.app('0123456789\n');
  expect(fs.existsSync(path.join(dir, 'app.log.1'))).toBe(false);
  service.setRotation({ sizeBytes: 100 });
  service.app('0123456789\n');
  service.close();
  expect(fs.existsSync(path.join(dir, 'app.log.1'))).toBe(true);
});
