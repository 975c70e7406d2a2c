import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import { Appender } from './appender.js';
import type { Rotation } from './definition.js';

interface Opened {
  readonly file: string;
  readonly told: string[];
  write(text: string): void;
  reopen(): void;
}

function open(file: string, rotation: Rotation = { sizeBytes: 100, keep: 1_000 }): Opened {
  const told: string[] = [];
  const appender = new Appender(file, rotation, (detail) => told.push(detail));
  onTestFinished(() => appender.close());
  return {
    file,
    told,
    write: (text) => appender.write(Buffer.from(text)),
    reopen: () => appender.reopen(),
  };
}

/** The content of a file and its old ones, the oldest first. */
function parts(file: string): string[] {
  const count = fs.readdirSync(path.dirname(file)).length;
  const names = Array.from({ length: count }, (_, n) => (n === 0 ? file : `${file}.${n}`));
  return names
    .filter((name) => fs.existsSync(name))
    .toReversed()
    .map((name) => fs.readFileSync(name, 'utf8'));
}

test('a file is rotated between two lines, before it would grow beyond its size', () => {
  const { file, write } = open(path.join(tempDir(), 'deep', 'a.log'));
  const lines = Array.from({ length: 200 }, (_, n) => `line ${n}\n`);
  for (const line of lines) write(line);
  const found = parts(file);
  expect(found.join('')).toBe(lines.join(''));
  expect(found.every((part) => part.length <= 100 && part.endsWith('\n'))).toBe(true);
  expect(fs.statSync(file).mode & 0o777).toBe(0o640 & ~process.umask());
});

test('a chunk of many lines, or a line in many chunks, is not cut within a line', () => {
  const { file, write } = open(path.join(tempDir(), 'a.log'));
  const text = Array.from({ length: 300 }, (_, n) => `${'x'.repeat(n % 150)}\n`).join('');
  for (let at = 0; at < text.length; at += 777) write(text.slice(at, at + 777));
  const found = parts(file);
  expect(found.join('')).toBe(text);
  expect(found.length).toBeGreaterThan(100);
  expect(found.every((part) => part.endsWith('\n'))).toBe(true);
});

test('only so many old files are kept; 0 bytes means never', () => {
  const dir = tempDir();
  const some = open(path.join(dir, 'some.log'), { sizeBytes: 10, keep: 2 });
  const none = open(path.join(dir, 'none.log'), { sizeBytes: 10, keep: 0 });
  const never = open(path.join(dir, 'never.log'), { sizeBytes: 0, keep: 5 });
  for (let n = 0; n < 9; n += 1) [some, none, never].forEach(({ write }) => write(`line ${n}\n`));
  expect(fs.readdirSync(dir).toSorted()).toEqual([
    'never.log',
    'none.log',
    'some.log',
    'some.log.1',
    'some.log.2',
  ]);
  expect(fs.readFileSync(some.file, 'utf8')).toBe('line 8\n');
  expect(fs.statSync(never.file).size).toBe(63);
});

test('a file that somebody renamed is found again, at once with reopen()', async () => {
  const { file, write, reopen } = open(path.join(tempDir(), 'a.log'));
  write('one\n');
  fs.renameSync(file, `${file}.old`);
  reopen();
  write('two\n');
  expect(fs.readFileSync(file, 'utf8')).toBe('two\n');
  fs.rmSync(file);
  await until('the file to come back', () => {
    write('three\n');
    return fs.existsSync(file);
  });
});

test('a rotation that fails is told once, and writing goes on', () => {
  const dir = path.join(tempDir(), 'deep');
  const { file, write, told } = open(path.join(dir, 'a.log'), { sizeBytes: 10, keep: 1 });
  fs.mkdirSync(`${file}.1`);
  fs.writeFileSync(path.join(`${file}.1`, 'in-the-way'), '');
  for (let n = 0; n < 5; n += 1) write(`line ${n}\n`);
  expect(told).toEqual([
    expect.stringMatching(/^Cannot rotate the log file ".*a\.log": .*it keeps growing\.$/),
  ]);
  expect(fs.readFileSync(file, 'utf8').split('\n')).toHaveLength(6);
});

test.runIf(fs.existsSync('/dev/full'))('a full disk is told once and ends nothing', () => {
  const { write, told } = open('/dev/full');
  write('one\n');
  write('two\n');
  expect(told).toEqual([
    expect.stringMatching(/^Cannot write to the log file "\/dev\/full": .*lost\.$/),
  ]);
});

test('a file that cannot be opened is refused', () => {
  const dir = tempDir();
  expect(() => open(dir)).toThrow(/^Cannot write the log file ".*": .*\.$/);
  expect(() => open('/proc/nowhere/deep/a.log')).toThrow(/^Cannot write the log file "\/proc/);
});

test('a pipe with nobody at its other end is refused, not waited for', () => {
  const pipe = path.join(tempDir(), 'pipe');
  spawnSync('mkfifo', [pipe]);
  expect(() => open(pipe)).toThrow(/it is a pipe/);
});
