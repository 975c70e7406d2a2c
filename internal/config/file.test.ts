import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { parse, read } from './file.js';

describe('parse()', () => {
  it('splits at the first "=" and trims both sides', () => {
    const text = '# comment\n\n  a.b = x = y # z \r\n\tc=\n  # last\nd="q"';
    expect(parse(text, 'f')).toEqual({
      pairs: [
        { key: 'a.b', value: 'x = y # z', line: 3 },
        { key: 'c', value: '', line: 4 },
        { key: 'd', value: '"q"', line: 6 },
      ],
      problems: [],
    });
  });

  it('names both lines of a key that stands twice, without its value', () => {
    expect(parse('a=s3cret\nb=1\na=s3cret\n', 'f')).toEqual({
      pairs: [
        { key: 'a', value: 's3cret', line: 1 },
        { key: 'b', value: '1', line: 2 },
      ],
      problems: [
        { place: 'f:3', text: '"a" stands here a second time, after line 1; keep one of them.' },
      ],
    });
  });

  it('names each line that is no assignment, and repeats none', () => {
    const { pairs, problems } = parse('[options]\n=s3cret\nhttp.po\na\u0000b=s3cret\nok=1', 'f');
    expect(pairs.map(({ key }) => key)).toEqual(['ok']);
    expect(problems.map(({ place }) => place)).toEqual(['f:1', 'f:2', 'f:3', 'f:4']);
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });

  it('reads back any keys and values that were written as key=value', () => {
    const key = fc.stringMatching(/^[a-z][\w.]{0,9}$/);
    const value = fc.stringMatching(/^[\w=#$"' ./-]{0,20}$/).map((text) => text.trim());
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (values) => {
        const text = Object.entries(values).map(([name, content]) => `${name}=${content}`);
        const { pairs, problems } = parse(text.join('\n'), 'f');
        expect(problems).toEqual([]);
        expect(Object.fromEntries(pairs.map((pair) => [pair.key, pair.value]))).toEqual(values);
      }),
    );
  });

  it('accepts any text at all without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const { pairs, problems } = parse(text, 'f');
        expect(pairs.length + problems.length).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });
});

describe('read()', () => {
  it('returns nothing for a file that is not there', () => {
    expect(read(path.join(tempDir(), 'rodent.conf'))).toBeUndefined();
    expect(read('/dev/null/rodent.conf')).toBeUndefined();
  });

  it('passes over a byte order mark', () => {
    const file = path.join(tempDir(), 'rodent.conf');
    fs.writeFileSync(file, '\uFEFFa=1\n');
    expect(read(file)?.pairs).toEqual([{ key: 'a', value: '1', line: 1 }]);
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff, 0xfe]), 'not UTF-8'],
    ['more than 1 MiB', Buffer.alloc(1_048_577, '#'), 'larger than 1 MiB'],
  ])('says that a file holds %s', (_what, bytes, words) => {
    const file = path.join(tempDir(), 'rodent.conf');
    fs.writeFileSync(file, bytes);
    expect(read(file)).toMatchObject({
      pairs: [],
      problems: [{ place: file, text: expect.stringContaining(words), isFatal: true }],
    });
  });

  it('says that a folder is no file', () => {
    const folder = tempDir();
    expect(read(folder)?.problems).toEqual([
      { place: folder, text: 'This is a folder, not a file.', isFatal: true },
    ]);
  });

  it('ends at its limit where a file has no end', () => {
    expect(read('/dev/zero')?.problems).toMatchObject([{ place: '/dev/zero' }]);
  });

  it('reads a named pipe, which has no mode to judge', async () => {
    const pipe = path.join(tempDir(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'echo a=1 > "$0"', pipe], { stdio: 'ignore' });
    const closed = once(writer, 'close');
    expect(read(pipe)).toMatchObject({ mode: undefined, pairs: [{ key: 'a', value: '1' }] });
    await closed;
  });
});
