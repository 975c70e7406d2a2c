/** Lines of `key=value`. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { parseKeyValueFormat } from './parse.js';

function fileWith(text: string): string {
  const file = path.join(tempDir(), 'uniphant.conf');
  fs.writeFileSync(file, text);
  return file;
}

describe('parseKeyValueFormat()', () => {
  it('skips empty lines and comments, splits at the first "=" and trims', () => {
    const file = fileWith(
      '\uFEFF# a comment\r\n\r\n  # another\n key1 = value1 \nkey2=a=b # no comment\nkey3=\nkey4="q"\n',
    );
    expect(parseKeyValueFormat(file)).toEqual({
      key1: 'value1',
      key2: 'a=b # no comment',
      key3: '',
      key4: '"q"',
    });
  });

  it('takes any name for a key, also one that objects have', () => {
    const found = parseKeyValueFormat(fileWith('__proto__=x\nconstructor=y\n'));
    expect(Object.entries(found)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('names file and line of everything that is wrong, and never the words', () => {
    const file = fileWith('hunter2\nkey=1\n=hunter2\nkey=2\n');
    expect(() => parseKeyValueFormat(file)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        detail: [
          'Invalid configuration:',
          `${file}:1: the line has no "="; it must be key=value`,
          `${file}:3: the line has no key before its "="`,
          `${file}:4: the key "key" is set already at ${file}:2`,
        ].join('\n  '),
      }),
    );
  });

  it('names a file that cannot be read', () => {
    expect(() => parseKeyValueFormat('/nowhere/uniphant.conf')).toThrow('"/nowhere/uniphant.conf"');
  });
});
