import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { foldersUpward, resolveHome } from './home.js';
import { createWorld } from './testing/world.js';

describe('resolveHome()', () => {
  it('takes --home before RODENT_HOME before the project before the working directory', () => {
    const { project, homeDir, write } = createWorld();
    const cwd = path.join(project, 'src', 'deep');
    fs.mkdirSync(cwd, { recursive: true });
    const options = { env: {}, cwd, homeDir };
    expect(resolveHome(options)).toBe(path.join(cwd, '.rodent'));
    write('package.json', '{}');
    expect(resolveHome(options)).toBe(path.join(project, '.rodent'));
    write('src/rodent.conf', '');
    expect(resolveHome(options)).toBe(path.join(project, 'src', '.rodent'));
    const env = { RODENT_HOME: '~/state' };
    expect(resolveHome({ ...options, env })).toBe(path.join(homeDir, 'state'));
    expect(resolveHome({ ...options, env, home: 'here' })).toBe(path.join(cwd, 'here'));
  });

  it('takes an empty --home or RODENT_HOME for none', () => {
    const { project: cwd, homeDir } = createWorld();
    const options = { env: { RODENT_HOME: '' }, cwd, homeDir, home: '' };
    expect(resolveHome(options)).toBe(path.join(cwd, '.rodent'));
  });

  it('makes nothing', () => {
    const { project: cwd, homeDir } = createWorld();
    expect(fs.existsSync(resolveHome({ env: {}, cwd, homeDir }))).toBe(false);
  });

  it('never takes the folder of the user for a project', () => {
    const { project: cwd, homeDir, write } = createWorld();
    write('../package.json', '{}');
    expect(resolveHome({ env: {}, cwd, homeDir })).toBe(path.join(cwd, '.rodent'));
  });

  it('never takes a folder that everyone may write to for a project', () => {
    const { project, homeDir, write } = createWorld();
    write('package.json', '{}');
    const cwd = path.join(project, 'src');
    fs.mkdirSync(cwd);
    fs.chmodSync(project, 0o1777);
    expect(resolveHome({ env: {}, cwd, homeDir })).toBe(path.join(cwd, '.rodent'));
    expect(resolveHome({ env: {}, cwd: project, homeDir })).toBe(path.join(project, '.rodent'));
  });

  it('throws CONFIG_INVALID for a --home that is no path', () => {
    const { project: cwd, homeDir } = createWorld();
    expect(() => resolveHome({ env: {}, cwd, homeDir, home: '$NOPE/x' })).toThrow(
      /--home: "home" must be a path of variables that are set \(\$NOPE not\), not "\$NOPE\/x"\./,
    );
  });
});

describe('foldersUpward()', () => {
  it('ends below the folder of the user, also when that is reached by a link', () => {
    const { project, homeDir } = createWorld();
    const link = path.join(path.dirname(homeDir), 'link');
    fs.symlinkSync(homeDir, link);
    expect(foldersUpward(path.join(project, 'a'), link)).toEqual([
      path.join(project, 'a'),
      project,
    ]);
    expect(foldersUpward(homeDir, homeDir)).toEqual([homeDir]);
  });

  it('ends below the root', () => {
    expect(foldersUpward('/usr/lib', '/nobody')).toEqual(['/usr/lib', '/usr']);
    expect(foldersUpward('/', '/nobody')).toEqual(['/']);
  });
});
