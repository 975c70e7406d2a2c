import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Config } from './config.js';
import { load } from './load.js';
import { createWorld, problems } from './testing/world.js';

describe('layers', () => {
  it('begin with the defaults, typed and derived from the home', () => {
    const { project, options } = createWorld();
    const config = load(options);
    const port: number = config.get('http.port');
    const format: 'auto' | 'pretty' | 'json' = config.get('log.format');
    const app: string | undefined = config.get('app');
    expect([port, format, app]).toEqual([8042, 'auto', undefined]);
    expect(config.get('http.bodyLimit')).toBe(1_048_576);
    expect(config.get('drain.grace')).toBe(25_000);
    expect(config.get('log.redact')).toEqual([]);
    expect(config.home).toBe(path.join(project, '.rodent'));
    expect(config.get('home')).toBe(config.home);
    expect(config.get('pid.file')).toBe(path.join(project, '.rodent/run/rodent.pid'));
    expect(config.get('control.socket')).toBe(path.join(project, '.rodent/run/control.sock'));
    expect(config.get('log.dir')).toBe(path.join(project, '.rodent/log'));
    expect(config.get('data.dir')).toBe(path.join(project, '.rodent/data'));
    expect(config.files).toEqual([]);
  });

  it('beat each other in order, and each is remembered with its place', () => {
    const { project, systemFile, options, write } = createWorld();
    const cwd = path.join(project, 'sub');
    const named = write('named.conf', '\nhttp.port=5\n');
    write(systemFile, 'http.port=1');
    const user = write('../.rodent/rodent.conf', 'http.port=2');
    const outer = write('rodent.conf', '#\nhttp.port=3');
    const inner = write('sub/rodent.conf', 'http.port=4');
    const config = load({
      ...options,
      cwd,
      env: { PORT: '6', RODENT_HTTP_PORT: '7' },
      flags: { config: named, port: '8' },
      assignments: { 'http.port': '9' },
    });
    expect(config.get('http.port')).toBe(9);
    expect(config.sources('http.port').map(({ place, value }) => [place, value])).toEqual([
      ['default', 8042],
      [`${systemFile}:1`, 1],
      [`${user}:1`, 2],
      [`${outer}:2`, 3],
      [`${inner}:1`, 4],
      [`${named}:2`, 5],
      ['PORT', 6],
      ['RODENT_HTTP_PORT', 7],
      ['--port', 8],
      ['assignment', 9],
    ]);
    expect(config.files).toEqual([systemFile, user, outer, inner, named]);
  });

  it('name a file by RODENT_CONFIG, and by -c before it', () => {
    const { options, write } = createWorld();
    write('a.conf', 'http.port=1');
    write('b.conf', 'http.port=2');
    const env = { RODENT_CONFIG: 'a.conf' };
    expect(load({ ...options, env }).get('http.port')).toBe(1);
    expect(load({ ...options, env, flags: { config: 'b.conf' } }).get('http.port')).toBe(2);
  });

  it('read a file once, as the strongest that it is', () => {
    const { options, write } = createWorld();
    const file = write('rodent.conf', 'nonsense');
    expect(problems({ ...options, flags: { config: file } })).toHaveLength(1);
  });

  it('resolve a relative path from the folder of its file, and from the working directory', () => {
    const { project, options, write } = createWorld();
    write('conf/x.conf', 'app=app.ts\nlog.dir=$RODENT_HOME/l');
    const flags = { config: 'conf/x.conf', home: 'h' };
    const config = load({ ...options, flags });
    expect(config.get('app')).toBe(path.join(project, 'conf/app.ts'));
    expect(config.get('log.dir')).toBe(path.join(project, 'h/l'));
    expect(load({ ...options, flags: { app: 'app.ts' } }).get('app')).toBe(
      path.join(project, 'app.ts'),
    );
  });

  it('let an empty value unset a key that has no default', () => {
    const { options, write } = createWorld();
    write('rodent.conf', 'user=www\nlog.redact=a\ngroup=www');
    const env = { RODENT_USER: '', RODENT_HTTP_PORT: '', PGUSER: '' };
    const config = load({ ...options, env, flags: { group: '' } });
    expect(config.get('user')).toBeUndefined();
    expect(config.get('group')).toBeUndefined();
    expect(config.get('http.port')).toBe(8042);
    expect(config.source('database.user').layer).toBe('default');
  });

  it('take the last of a repeated flag, and all of a repeated list', () => {
    const { options } = createWorld();
    const config = load({ ...options, flags: { port: ['1', '2'] } });
    expect(config.get('http.port')).toBe(2);
  });

  it('read the variables of PostgreSQL', () => {
    const { options } = createWorld();
    const env = {
      PGHOST: 'db',
      PGPORT: '6432',
      PGUSER: 'app',
      PGPASSWORD: ' s3cret ',
      PGDATABASE: 'shop',
      PGSSLMODE: 'require',
      DATABASE_URL: 'postgresql://u:p@h/d',
    };
    const config = load({ ...options, env });
    expect(config.get('database.host')).toBe('db');
    expect(config.get('database.port')).toBe(6432);
    expect(config.get('database.password')).toBe(' s3cret ');
    expect(config.get('database.sslmode')).toBe('require');
    expect(config.get('database.url')).toBe('postgresql://u:p@h/d');
  });

  it('leave the DATABASE_URL of another database to the app', () => {
    const { options } = createWorld();
    const config = load({ ...options, env: { DATABASE_URL: 'mysql://u:p@h/d' } });
    expect(config.get('database.url')).toBeUndefined();
  });

  it('take up changed files when loaded again', () => {
    const { options, write } = createWorld();
    write('rodent.conf', 'log.level=debug');
    const before: Config = load(options);
    write('rodent.conf', 'log.level=warn');
    expect([before.get('log.level'), load(options).get('log.level')]).toEqual(['debug', 'warn']);
  });
});
