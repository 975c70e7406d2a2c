import fs from 'node:fs';

import { describe, expect, test } from 'vitest';

import * as programs from './index.js';
import { createWorld } from './testing/world.js';

const A = 'config/programs.d/a.conf';

describe('diff()', () => {
  test('tells what was added, changed, removed and left', () => {
    const { write, load } = createWorld();
    for (const name of ['a', 'b', 'c', 'd']) {
      write(`config/programs.d/${name}.conf`, 'command=true\n');
    }
    const before = load();
    write('config/programs.d/b.conf', 'command=true\nargs=x\n');
    fs.rmSync(String(before.find(({ name }) => name === 'c')?.file));
    write('config/programs.d/e.conf', 'command=true\n');
    write('config/programs.d/d.conf', '# a comment changes nothing\ncommand=true\n');
    const after = load();
    const { added, changed, removed, unchanged } = programs.diff(before, after);
    const names = [added, changed, removed, unchanged].map((list) => list.map(({ name }) => name));
    expect(names).toEqual([['e'], ['b'], ['c'], ['a', 'd']]);
    expect(changed[0]?.run).toEqual({ kind: 'command', words: ['true', 'x'] });
  });

  test('sees that a file of variables changed, and keeps no secret', () => {
    const { write, load } = createWorld();
    write(A, 'command=true\nenvironmentFile=a.env\n');
    write('a.env', '# comment\nexport TOKEN="hunter2"\n', 0o600);
    const before = load();
    write('a.env', 'TOKEN=hunter3\n', 0o600);
    const after = load();
    expect(programs.diff(before, after).changed).toHaveLength(1);
    expect(JSON.stringify([before, after])).not.toContain('hunter');
    expect(programs.fingerprint(before[0] as programs.Definition)).toMatch(/^[0-9a-f]{64}$/);
  });
});
