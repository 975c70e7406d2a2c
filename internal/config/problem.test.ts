import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import * as errors from '../errors/index.js';
import { load, read } from './load.js';
import type { LoadOptions } from './load.js';
import { createWorld, problems } from './testing/world.js';

function failure(options: LoadOptions): errors.RodentError {
  try {
    load(options);
  } catch (error) {
    if (errors.isRodentError(error)) return error;
    throw error;
  }
  throw new Error('load() did not throw');
}

/** Root may read everything; who is no root already may not. */
function asNobody<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('problems', () => {
  it('are reported all at once, each with its place', () => {
    const { options, write } = createWorld();
    const file = write('rodent.conf', 'http.prot=1\nhttp.port=abc\nhttp.port=2\nlog.level=\n[x]\n');
    const error = failure({
      ...options,
      env: { RODENT_DRAIN_GRACE: '30', RODENT_HTTP_PROT: '1', WORKERS: 'many' },
      flags: { port: '70000', prot: '1' },
    });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(errors.exitStatus(error.code)).toBe(2);
    expect(error.detail.split('\n')).toEqual([
      'Invalid configuration:',
      `  ${file}:3: "http.port" stands here a second time, after line 2; keep one of them.`,
      `  ${file}:5: The line is not of the form key=value.`,
      `  ${file}:1: "http.prot" is no key. Did you mean "http.port"?`,
      '  RODENT_HTTP_PROT: The variable sets no key. Did you mean "RODENT_HTTP_PORT"?',
      '  --prot: There is no such option. Did you mean "port"?',
      `  ${file}:2: "http.port" must be a port (0 to 65535), not "abc".`,
      `  ${file}:4: "log.level" must be set to a value.`,
      '  WORKERS: "workers" must be auto or a whole number (0 to 256), not "many".',
      '  RODENT_DRAIN_GRACE: "drain.grace" must be a duration such as 250ms, 30s, 2m, 1h or 7d (0 to 24d), not "30".',
      '  --port: "http.port" must be a port (0 to 65535), not "70000".',
    ]);
  });

  it('of one kind fit one line', () => {
    const { options } = createWorld();
    expect(failure({ ...options, flags: { host: 'a b' } }).detail).toBe(
      'Invalid configuration: --host: "http.host" must be a host name or address without a port, such as 127.0.0.1, not "a b".',
    );
  });

  it('are errors also where a stronger layer is right', () => {
    const { options, write } = createWorld();
    write('rodent.conf', 'http.port=abc');
    expect(problems({ ...options, flags: { port: '1' } })).toHaveLength(1);
  });

  it.each([
    ['port=1', 'Did you mean "http.port"?'],
    ['pid-file=/x', 'Did you mean "pid.file"?'],
    ['constructor=1', '"constructor" is no key.'],
    ['__proto__=1', 'no known key'],
    ['MIIEpAIBAAKCAQEA7+/x==', 'no known key'],
    ['detach=yes', '"detach" cannot stand in a file; use --detach.'],
    ['home=/x', '"home" cannot stand in a file; use --home or RODENT_HOME.'],
    ['log.dir=no', '"log.dir" must be text, or empty for none, not "no".'],
    ['http.host="::1"', 'without a port'],
    ['http.port=80 # web', 'must be a port'],
  ])('name what is wrong with %s', (line, words) => {
    const { options, write } = createWorld();
    write('rodent.conf', line);
    expect(problems(options)).toEqual([expect.stringContaining(words)]);
  });

  it('are no variables that a program hands on', () => {
    const { options } = createWorld();
    const env = { RODENT_INTERNAL_FDS: '3', RODENT_HOME: '/h', HOME: '/x', RODENTS: 'many' };
    expect(problems({ ...options, env })).toEqual([]);
  });

  it('are one-shot keys in the environment', () => {
    const { options } = createWorld();
    expect(problems({ ...options, env: { RODENT_DETACH: '1' } })).toHaveLength(1);
  });

  it('are not the variables that Kubernetes sets for a service called rodent', () => {
    const { options } = createWorld();
    const env = {
      RODENT_PORT: 'tcp://10.0.0.1:8042',
      RODENT_PORT_8042_TCP_ADDR: '10.0.0.1',
      RODENT_SERVICE_HOST: '10.0.0.1',
      RODENT_SERVICE_PORT_HTTP: '8042',
    };
    expect(problems({ ...options, env })).toEqual([]);
  });

  it('are a named file that is missing, or is a folder', () => {
    const { options, project } = createWorld();
    expect(problems({ ...options, flags: { config: 'nope.conf' } })).toEqual([
      `${project}/nope.conf: There is no such file, or none that this user may see.`,
    ]);
    expect(problems({ ...options, env: { RODENT_CONFIG: '.' } })).toEqual([
      `${project}: This is a folder, not a file.`,
    ]);
  });

  it('are a bad --home and a bad --config, beside all others', () => {
    const { options } = createWorld();
    const flags = { home: '$NOPE', config: '~x/y', port: 'z' };
    expect(problems({ ...options, flags }).map((line) => line.split(':')[0])).toEqual([
      '--home',
      '--config',
      '--port',
    ]);
  });

  it('are an optional file that may not be read, but not a folder that may not be entered', () => {
    const { options, homeDir, write } = createWorld();
    const file = write('rodent.conf', '', 0);
    write('../.rodent/rodent.conf', 'nonsense');
    fs.chmodSync(path.join(homeDir, '.rodent'), 0);
    fs.chmodSync(path.dirname(homeDir), 0o755);
    const found = asNobody(() => problems(options));
    fs.chmodSync(path.join(homeDir, '.rodent'), 0o700);
    expect(found).toEqual([`${file}: The file may not be read by this user.`]);
  });

  it('of keys that a command does not need do not stop it', () => {
    const { options, write } = createWorld();
    write('rodent.conf', 'http.port=abc\nwhat.ever=1\npid.file=/run/x.pid');
    const config = load({ ...options, need: ['pid.file'] });
    expect(config.get('pid.file')).toBe('/run/x.pid');
    expect(config.get('http.port')).toBe(8042);
    expect(failure({ ...options, need: ['http.port'] }).detail).toContain(':1: "http.port"');
    const flags = { config: 'nope.conf' };
    expect(failure({ ...options, flags, need: ['pid.file'] }).detail).toContain('nope.conf');
  });
});

describe('rules between keys', () => {
  it('want the hard limit of memory above the soft one', () => {
    const { options } = createWorld();
    const env = { RODENT_LIMITS_MEMORY_HARD: '1GiB' };
    expect(problems({ ...options, env })).toEqual([
      'RODENT_LIMITS_MEMORY_HARD: "limits.memoryHard" must be above "limits.memorySoft", which is to be reached first.',
    ]);
    expect(problems({ ...options, env: { ...env, RODENT_LIMITS_MEMORY_SOFT: '512MiB' } })).toEqual(
      [],
    );
  });

  it('want certificate and key together, the key for its owner alone', () => {
    const { options, project, write } = createWorld();
    write('key.pem', 'x', 0o640);
    const flags = { 'tls-key': 'key.pem' };
    expect(problems({ ...options, flags })).toEqual([
      '--tls-key: "http.tls.key" needs "http.tls.cert" beside it.',
      `--tls-key: The private key "${project}/key.pem" has mode 0640; run: chmod 600 ${project}/key.pem`,
    ]);
    fs.chmodSync(path.join(project, 'key.pem'), 0o600);
    expect(problems({ ...options, flags: { ...flags, 'tls-cert': 'cert.pem' } })).toEqual([]);
  });

  it('keep what Node.js would throw at out', () => {
    const { options } = createWorld();
    const env = { RODENT_HTTP_REQUEST_TIMEOUT: '5s' };
    expect(problems({ ...options, env })).toHaveLength(1);
    const none = { RODENT_HTTP_REQUEST_TIMEOUT: '0' };
    expect(problems({ ...options, env: none })).toEqual([]);
  });

  it('keep the two health paths apart', () => {
    const { options } = createWorld();
    expect(problems({ ...options, env: { RODENT_HEALTH_READY_PATH: '/health' } })).toHaveLength(1);
  });

  it('hold no process for lost whose heartbeat is merely late', () => {
    const { options } = createWorld();
    const env = { RODENT_DATABASE_LOST_AFTER: '20s' };
    expect(problems({ ...options, env })).toEqual([
      'RODENT_DATABASE_LOST_AFTER: "database.lostAfter" must be at least three times "database.beat".',
    ]);
    expect(problems({ ...options, env: { ...env, RODENT_DATABASE_BEAT: '5s' } })).toEqual([]);
  });
});

describe('secrets', () => {
  it.each([0o644, 0o640, 0o606])('refuses a file that holds one with mode %o', (mode) => {
    const { options, write } = createWorld();
    const file = write('rodent.conf', '# x\ndatabase.password=s3cret', mode);
    expect(problems(options)).toEqual([
      `${file}:2: The file holds the secret "database.password" but has mode 0${mode.toString(8)}; run: chmod 600 ${file}`,
    ]);
    expect(read(options).config.get('database.password')).toBeUndefined();
  });

  it('takes a file that holds one with mode 0600, and one with an empty one as it is', () => {
    const { options, write } = createWorld();
    write('rodent.conf', 'database.password=s3cret');
    expect(load(options).get('database.password')).toBe('s3cret');
    write('rodent.conf', 'database.password=', 0o644);
    expect(load(options).get('database.password')).toBeUndefined();
  });

  it('refuses a password on the command line, where every user could see it', () => {
    const { options } = createWorld();
    for (const url of [
      'postgresql://me:s3cret@db/x',
      'postgresql://me@db/x?password=s3cret',
      'postgresql://me:s3cret@/x?host=/run',
      'postgresql://me:s3cret@a:1,b:2/x',
    ]) {
      const [problem = ''] = problems({ ...options, flags: { 'database-url': url } });
      expect(problem).toMatch(/^--database-url: "database.url" must be given without its password/);
      expect(problem).not.toContain('s3cret');
    }
    const flags = { 'database-url': 'postgresql://me@db/x' };
    expect(load({ ...options, flags }).get('database.url')).toBe('postgresql://me@db/x');
  });

  it('never shows one in a message', () => {
    const { options } = createWorld();
    const env = {
      RODENT_DATABASE_URL: 'mysql://me:s3cret@db/x',
      RODENT_DATABASE_PASSWORD: 's3cret\n',
    };
    const error = failure({ ...options, env });
    expect(error.detail.split('\n')).toHaveLength(3);
    expect(JSON.stringify([error, error.detail, error.stack])).not.toContain('s3cret');
  });
});
