import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as programs from './index.js';
import { KEYS, KEY_NAMES, declarationOf, elsewhere } from './keys.js';
import { sample } from './sample.js';

describe('each key', () => {
  it.each(KEY_NAMES)('%s is declared completely', (key) => {
    const { summary } = declarationOf(key);
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(summary.length).toBeLessThanOrEqual(98);
  });

  it('is no name of supervisord with another meaning', () => {
    expect(KEY_NAMES.filter((key) => elsewhere(key) !== undefined)).toEqual([]);
    expect(elsewhere('toString')).toBeUndefined();
  });
});

describe('config/programs.d/example.conf.sample', () => {
  it('is what the declarations say; vitest -u writes it', async () => {
    const file = '../../config/programs.d/example.conf.sample';
    await expect(sample()).toMatchFileSnapshot(file);
  });

  it('loads to exactly the defaults with every key taken out of its comment', () => {
    const dir = tempDir();
    const base = { dir, projectDir: dir, logDir: dir, homeDir: dir, env: {} };
    const write = (text: string): void => fs.writeFileSync(path.join(dir, 'a.conf'), text);
    write('command=true\n');
    const defaults = programs.load(base);
    const text = sample()
      .replace('#command=\n', '#command=true\n')
      .replaceAll(/^#(?:command=\/usr|environment\.)\S*.*$/gm, '');
    write(text.replaceAll(/^#(?=[\w.]+=)/gm, ''));
    expect(programs.load(base)).toEqual(defaults);
    expect(Object.keys(KEYS).every((key) => text.includes(`\n#${key}=`))).toBe(true);
  });

  it('is not read as a program itself', () => {
    const dir = tempDir();
    fs.writeFileSync(path.join(dir, 'example.conf.sample'), sample());
    expect(programs.load({ dir, projectDir: dir, logDir: dir, homeDir: dir, env: {} })).toEqual([]);
  });
});
