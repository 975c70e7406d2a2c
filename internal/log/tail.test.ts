import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { tempDir, until } from '../../test/support/index.js';
import * as log from './index.js';

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_value, n) => `line ${from + n} é`);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

describe('tail()', () => {
  test('returns the last lines of a large file', async () => {
    const file = path.join(tempDir(), 'x.log');
    const lines = numbered(0, 100_000);
    fs.writeFileSync(file, textOf(lines));
    for (const count of [0, 1, 100, 10_000]) {
      expect(await log.tail(file, count)).toEqual(count === 0 ? [] : lines.slice(-count));
    }
    expect(await log.tail(file, 1_000_000)).toHaveLength(100_000);
  });

  test('counts what follows the last line end as a line', async () => {
    const file = path.join(tempDir(), 'x.log');
    fs.writeFileSync(file, 'one\ntwo\nthr');
    expect(await log.tail(file, 2)).toEqual(['two', 'thr']);
  });

  test('returns nothing of an empty file, and empty lines as such', async () => {
    const file = path.join(tempDir(), 'x.log');
    fs.writeFileSync(file, '');
    expect(await log.tail(file, 5)).toEqual([]);
    fs.writeFileSync(file, '\n\n');
    expect(await log.tail(file, 5)).toEqual(['', '']);
  });

  test('returns a line longer than any block', async () => {
    const file = path.join(tempDir(), 'x.log');
    const long = 'x'.repeat(300_000);
    fs.writeFileSync(file, `first\n${long}\nlast\n`);
    expect(await log.tail(file, 2)).toEqual([long, 'last']);
  });

  test('explains a missing file and a folder', async () => {
    const dir = tempDir();
    await expect(log.tail(path.join(dir, 'no.log'), 1)).rejects.toMatchObject({
      code: 'FILE',
      detail: `Cannot read the log file "${path.join(dir, 'no.log')}": there is no such file.`,
    });
    await expect(log.tail(dir, 1)).rejects.toMatchObject({ code: 'FILE' });
  });
});

/** Follows a file until the test ends; returns the lines so far. */
function following(file: string, lines = 0): string[] {
  const seen: string[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const done = log.follow(file, (line) => seen.push(line), { signal, lines, pollMs: 5 });
  onTestFinished(async () => {
    controller.abort();
    await done;
  });
  return seen;
}

describe('follow()', () => {
  test('gives the last lines, then what comes, each line whole', async () => {
    const file = path.join(tempDir(), 'x.log');
    fs.writeFileSync(file, 'one\ntwo\nthr');
    const seen = following(file, 1);
    await until('the last line', () => seen.length === 1);
    fs.appendFileSync(file, 'ee\nfo');
    await until('the line that was begun', () => seen.length === 2);
    fs.appendFileSync(file, 'ur\n');
    await until('the next line', () => seen.length === 3);
    expect(seen).toEqual(['two', 'three', 'four']);
  });

  test('goes on in the new file after a rename, also with what still comes to the old one', async () => {
    const file = path.join(tempDir(), 'x.log');
    fs.writeFileSync(file, 'one\n');
    const seen = following(file, 1);
    await until('the first line', () => seen.length === 1);
    fs.renameSync(file, `${file}.1`);
    fs.appendFileSync(`${file}.1`, 'two\n');
    await until('the late line', () => seen.length === 2);
    fs.writeFileSync(file, 'three\n');
    await until('the line of the new file', () => seen.length === 3);
    fs.appendFileSync(`${file}.1`, 'very late\n');
    await until('the very late line', () => seen.length === 4);
    expect(seen).toEqual(['one', 'two', 'three', 'very late']);
  });

  test('begins again after a truncation', async () => {
    const file = path.join(tempDir(), 'x.log');
    fs.writeFileSync(file, 'one\ntwo\n');
    const seen = following(file, 2);
    await until('both lines', () => seen.length === 2);
    fs.truncateSync(file);
    fs.appendFileSync(file, 'new\n');
    await until('the new line', () => seen.length === 3);
    expect(seen.at(-1)).toBe('new');
  });

  test('misses no line of files that are rotated faster than it looks', async () => {
    const dir = tempDir();
    const file = path.join(dir, 'app.log');
    const service = log.open({ dir, rotate: { sizeBytes: 2_000, keep: 50 } });
    const seen = following(file, 10); // The first line may be there before the file is opened.
    for (let n = 0; n < 3_000; n += 1) {
      service.app(`line ${n}\n`);
      if (n % 300 === 0) await until('the lines so far', () => seen.length === n + 1);
    }
    await until('all lines', () => seen.length === 3_000);
    service.close();
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_value, n) => `line ${n}`));
  });

  test('explains a missing file, and ends at once when the signal aborts', async () => {
    const file = path.join(tempDir(), 'x.log');
    const signal = AbortSignal.abort();
    await expect(log.follow(file, () => undefined, { signal })).rejects.toMatchObject({
      code: 'FILE',
    });
    fs.writeFileSync(file, '');
    await log.follow(file, () => undefined, { signal });
  });
});
