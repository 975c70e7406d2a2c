/** The tree of configuration files, and of secrets. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { RESERVED } from './dictionary.js';
import { readConfigFiles, readSecretConfigFiles } from './files.js';
import type { Tree } from './testing/tree.js';
import { tree } from './testing/tree.js';

function located({ root, scriptDir }: Tree): { root_dir: string; script_dir: string } {
  return { root_dir: root, script_dir: scriptDir };
}

describe('readConfigFiles()', () => {
  it('reads every folder from the script up to the root, both ends included', () => {
    const own = tree();
    own.write('uniphant.conf', 'at=root');
    own.write('workers/uniphant.conf', 'workers=yes');
    own.write('workers/opentdb/uniphant.conf', 'script=yes');
    own.write('workers/other/uniphant.conf', 'other=yes');
    fs.writeFileSync(path.join(own.root, '..', 'uniphant.conf'), 'above=yes\n');
    const config = readConfigFiles(located(own));
    fs.rmSync(path.join(own.root, '..', 'uniphant.conf'));
    expect(config).toMatchObject({ at: 'root', workers: 'yes', script: 'yes' });
    expect(Object.keys(config)).not.toContain('other');
    expect(Object.keys(config)).not.toContain('above');
  });

  it('adds to the dictionary that it is given, and is content with two keys of it', () => {
    const config = located(tree());
    expect(readConfigFiles(config)).toBe(config);
  });

  it('reads secrets of every folder, that of the root included, and names their own folder', () => {
    const own = tree();
    own.writeSecret('secrets.conf', 'a=1');
    own.writeSecret('workers/secrets.conf', 'b=2');
    own.writeSecret('workers/opentdb/secrets.conf', 'c=3');
    expect(readConfigFiles(located(own))).toMatchObject({
      a: '1',
      b: '2',
      c: '3',
      secret_dir: path.join(own.home, '.uniphant/secrets/workers/opentdb'),
    });
    expect(readSecretConfigFiles(located(own))).toMatchObject({ a: '1', b: '2', c: '3' });
  });

  it('names everything that is wrong in all files at once, with both places of a key', () => {
    const own = tree();
    const script = own.write('workers/opentdb/uniphant.conf', 'a=1', 'a=2', 'nonsense');
    const root = own.write('uniphant.conf', '', 'a=3', 'b=1', 'host_id=x');
    const secret = own.writeSecret('workers/secrets.conf', 'b=2');
    expect(() => readConfigFiles(located(own))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        contextData: {
          problems: [
            `${script}:3: the line has no "="; it must be key=value`,
            `${root}:4: the key "host_id" is reserved; rodent sets it`,
            `${script}:2: the key "a" is set already at ${script}:1`,
            `${root}:2: the key "a" is set already at ${script}:1`,
            `${secret}:1: the key "b" is set already at ${root}:3`,
          ],
        },
      }),
    );
  });

  it.each(RESERVED)('refuses the reserved key %s, in plain files and in secrets', (key) => {
    const own = tree();
    own.write('uniphant.conf', `${key}=x`);
    own.writeSecret('workers/secrets.conf', `${key}=x`);
    expect(() => readConfigFiles(located(own))).toThrow(`uniphant.conf:1: the key "${key}"`);
    expect(() => readSecretConfigFiles(located(own))).toThrow(`secrets.conf:1: the key "${key}"`);
  });

  it('remembers over two calls where a key came from', () => {
    const own = tree();
    const file = own.writeSecret('secrets.conf', 'a=1');
    const config = readSecretConfigFiles(located(own));
    expect(() => readSecretConfigFiles(config)).toThrow(
      `${file}:1: the key "a" is set already at ${file}:1`,
    );
  });

  it('refuses secrets that others can read, file and folders, without saying them', () => {
    const own = tree();
    const file = own.writeSecret('workers/secrets.conf', 'pin=hunter2');
    fs.chmodSync(file, 0o640);
    fs.chmodSync(path.dirname(file), 0o755);
    expect(() => readConfigFiles(located(own))).toThrow(
      expect.objectContaining({
        detail: [
          'Invalid configuration:',
          `${file}: others can use this file of secrets (mode 0640); run chmod 0600`,
          `${path.dirname(file)}: others can use this folder of secrets (mode 0755); run chmod 0700`,
        ].join('\n  '),
      }),
    );
  });

  it('refuses a script that is not below the root', () => {
    const own = tree();
    const config = { root_dir: path.join(own.root, 'workers'), script_dir: own.root };
    expect(() => readConfigFiles(config)).toThrow('is not below');
  });
});
