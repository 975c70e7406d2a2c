import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { diff } from './config.js';
import { load } from './load.js';
import { save, savePath } from './save.js';
import { createWorld } from './testing/world.js';

const SAVED = {
  RODENT_LOG_LEVEL: 'debug',
  PGPASSWORD: 's3cret',
  PGHOST: 'db',
};

describe('save()', () => {
  it('writes what somebody set, sorted, without secrets, defaults and one-shot keys', () => {
    const { options, project } = createWorld();
    const flags = { port: '9000', detach: true, save: true, app: 'app.ts' };
    const config = load({ ...options, env: SAVED, flags });
    const target = path.join(project, 'new', 'rodent.conf');
    expect(save(config, target)).toEqual({
      path: target,
      keys: ['app', 'database.host', 'http.port', 'log.level'],
      secrets: ['database.password'],
    });
    expect(fs.readFileSync(target, 'utf8').split('\n')).toEqual([
      '# Written by rodent serve --save.',
      `app=${project}/app.ts`,
      'database.host=db',
      'http.port=9000',
      'log.level=debug',
      '',
    ]);
  });

  it('writes what loads again to the same values', () => {
    const { options, project } = createWorld();
    const target = path.join(project, 'saved.conf');
    const flags = { port: '1', grace: '90s', 'data-dir': 'a $$HOME #1=x', user: 'www' };
    const config = load({ ...options, flags });
    save(config, target);
    const again = load({ ...options, flags: { config: target } });
    expect(diff(config, again)).toEqual({ live: [], restart: ['config'] });
  });

  it('writes any folder and any list so that they load again to the same values', () => {
    const { options, project } = createWorld();
    const target = path.join(project, 'saved.conf');
    const folder = fc.stringMatching(/^[\w$%#=][\w $%#=,~.-]{0,8}[\w$=]$/);
    const names = fc.array(fc.stringMatching(/^[A-Za-z_]\w{0,5}$/), { maxLength: 3 });
    fc.assert(
      fc.property(folder, names, (name, required) => {
        const assignments = {
          'data.dir': `/${name.replaceAll('$', () => '$$')}`,
          'env.required': required.join(','),
        };
        const config = load({ ...options, assignments });
        save(config, target);
        const again = load({ ...options, flags: { config: target } });
        expect(again.get('data.dir')).toBe(`/${name}`);
        expect(again.get('env.required')).toEqual(required);
      }),
      { numRuns: 50 },
    );
  });

  it('makes the file that -c names when there is none yet', () => {
    const { options, project } = createWorld();
    const target = path.join(project, 'new.conf');
    const flags = { config: 'new.conf', port: '9000' };
    expect(() => load({ ...options, flags })).toThrow('new.conf: There is no such file');
    save(load({ ...options, flags: { ...flags, save: true } }), target);
    expect(load({ ...options, flags: { config: target } }).get('http.port')).toBe(9000);
  });

  it('gives the file mode 0600, whatever it had, and leaves nothing beside it', () => {
    const { options, project, write } = createWorld();
    const target = write('rodent.conf', 'http.port=1\n', 0o644);
    save(load({ ...options, env: SAVED }), target);
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(project)).toEqual(['rodent.conf']);
  });

  it('replaces the file by a rename and never writes into the old one', () => {
    const { options, write } = createWorld();
    const target = write('rodent.conf', 'http.port=1\n');
    const reader = fs.openSync(target, 'r');
    const before = fs.statSync(target).ino;
    save(load({ ...options, flags: { port: '2' } }), target);
    expect(fs.statSync(target).ino).not.toBe(before);
    expect(fs.readFileSync(reader, 'utf8')).toBe('http.port=1\n');
    fs.closeSync(reader);
  });

  it('keeps the comments, the order and the secrets of the file that is there', () => {
    const { options, write } = createWorld();
    const target = write(
      'rodent.conf',
      '# mine\nlog.level=warn\n\ndatabase.password=old\nhttp.port=1\n# end\n',
    );
    save(load({ ...options, env: SAVED, flags: { port: '8042' } }), target);
    expect(fs.readFileSync(target, 'utf8')).toBe(
      '# mine\nlog.level=debug\n\ndatabase.password=old\nhttp.port=8042\n# end\ndatabase.host=db\n',
    );
  });

  it('takes keys that are not in effect out of another file', () => {
    const { options, write } = createWorld();
    const target = write('other.conf', 'log.level=warn\nhttp.port=1\n');
    save(load({ ...options, flags: { port: '2' } }), target);
    expect(fs.readFileSync(target, 'utf8')).toBe('http.port=2\n');
  });

  it('writes through a link', () => {
    const { options, project, write } = createWorld();
    const target = write('real.conf', '');
    const link = path.join(project, 'link.conf');
    fs.symlinkSync(target, link);
    save(load({ ...options, flags: { port: '2' } }), link);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(target, 'utf8')).toContain('http.port=2\n');
  });

  it('refuses a file that it does not understand, and leaves it as it is', () => {
    const { options, write } = createWorld();
    const target = write('other.conf', '[ini]\n');
    expect(() => save(load(options), target)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(fs.readFileSync(target, 'utf8')).toBe('[ini]\n');
  });

  it('refuses a value that a file cannot hold', () => {
    const { options, project } = createWorld();
    const cwd = path.join(project, 'a,b');
    fs.mkdirSync(cwd);
    const config = load({ ...options, cwd, assignments: { 'watch.paths': 'src' } });
    expect(() => save(config, path.join(project, 'x.conf'))).toThrow(
      'Cannot save "watch.paths": a file cannot hold its value.',
    );
    expect(fs.readdirSync(project)).toEqual(['a,b']);
  });

  it('leaves nothing behind when it fails', () => {
    const { options, project } = createWorld();
    const target = path.join(project, 'folder');
    fs.mkdirSync(path.join(target, 'full'), { recursive: true });
    expect(() => save(load(options), target)).toThrow('This is a folder');
    const below = path.join(project, 'file', 'rodent.conf');
    fs.writeFileSync(path.join(project, 'file'), '');
    expect(() => save(load(options), below)).toThrow(
      expect.objectContaining({ code: 'FILE', detail: expect.stringContaining(below) }),
    );
    expect(fs.readdirSync(project)).toEqual(['file', 'folder']);
  });
});

describe('savePath()', () => {
  it('is the named file, else that of the project, else that of the system or the user', () => {
    const { options, project, homeDir, systemFile, write } = createWorld();
    const { cwd } = options;
    const of = (uid: number, flags: Readonly<Record<string, string>> = {}): string => {
      const config = load({ ...options, flags });
      return savePath(config, { cwd, homeDir, uid, systemFile });
    };
    expect(of(0)).toBe(systemFile);
    expect(of(1000)).toBe(path.join(homeDir, '.rodent', 'rodent.conf'));
    write('package.json', '{}');
    expect(of(0)).toBe(path.join(project, 'rodent.conf'));
    expect(of(0, { config: write('x.conf', '') })).toBe(path.join(project, 'x.conf'));
  });
});
