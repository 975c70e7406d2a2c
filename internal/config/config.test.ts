import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { diff } from './config.js';
import type { Config } from './config.js';
import { explain, formatExplanation, print, requireKey, toJson } from './explain.js';
import { KEY_NAMES } from './keys.js';
import { load } from './load.js';
import { requireVariables } from './rules.js';
import { createWorld } from './testing/world.js';

const SECRETS = {
  PGPASSWORD: 's3cret',
  DATABASE_URL: 'postgresql://me:s3cret@db/x',
};

function withSecrets(): Config {
  return load({ ...createWorld().options, env: SECRETS });
}

describe('a configuration', () => {
  it('shows no secret however it is turned into text', () => {
    const config = withSecrets();
    const texts = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      print(config),
      JSON.stringify(toJson(config)),
      JSON.stringify(explain(config, 'database.password')),
      formatExplanation(explain(config, 'database.url')),
      JSON.stringify(Object.entries(config)),
    ];
    expect(texts.join('\n')).not.toContain('s3cret');
    expect(config.get('database.password')).toBe('s3cret');
  });
});

describe('diff()', () => {
  it('tells keys that change in place from keys that need a new process', () => {
    const { options } = createWorld();
    const before = load({ ...options, env: { PGPASSWORD: 'a' } });
    const env = {
      PGPASSWORD: 'b',
      RODENT_LOG_LEVEL: 'debug',
      RODENT_HTTP_PORT: '1',
      RODENT_LOG_REDACT: 'pin',
      RODENT_DRAIN_GRACE: '25000ms',
    };
    expect(diff(before, load({ ...options, env }))).toEqual({
      live: ['log.level'],
      restart: ['database.password', 'http.port', 'log.redact'],
    });
    expect(diff(before, before)).toEqual({ live: [], restart: [] });
  });
});

describe('explain()', () => {
  it('tells the value, its place and what it beat', () => {
    const { options, write } = createWorld();
    const file = write('rodent.conf', 'drain.grace=1m');
    const config = load({ ...options, flags: { grace: '90s' } });
    expect(explain(config, 'drain.grace')).toEqual({
      key: 'drain.grace',
      summary: 'On stop, time for everything together before what is left is cut off.',
      value: '90s',
      source: { layer: 'flag', place: '--grace', value: '90s' },
      overridden: [
        { layer: 'file', place: `${file}:1`, value: '1m' },
        { layer: 'default', place: 'default', value: '25s' },
      ],
      default: '25s',
      type: 'duration (ms, s, m, h, d)',
      isLive: false,
      isSecret: false,
      isOnce: false,
      flags: ['--grace'],
      variables: ['RODENT_DRAIN_GRACE'],
    });
    expect(formatExplanation(explain(config, 'drain.grace'))).toBe(
      [
        'drain.grace = 90s',
        '  On stop, time for everything together before what is left is cut off.',
        '  from        --grace',
        `  instead of  1m  (${file}:1)`,
        '  instead of  25s  (default)',
        '  default     25s',
        '  type        duration (ms, s, m, h, d)',
        '  changes     with a new process',
        '  flag        --grace',
        '  variable    RODENT_DRAIN_GRACE',
        '',
      ].join('\n'),
    );
  });

  it('names all flags and variables, the strongest first', () => {
    const config = load(createWorld().options);
    const { flags, variables, type } = explain(config, 'http.port');
    expect([flags, variables, type]).toEqual([
      ['--port', '-p'],
      ['RODENT_HTTP_PORT', 'PORT'],
      'port',
    ]);
    expect(explain(config, 'log.format').type).toBe('one of auto, pretty, json');
    expect(explain(config, 'app').flags).toEqual([]);
    expect(explain(config, 'detach')).toMatchObject({ isOnce: true, variables: [] });
  });
});

describe('requireKey()', () => {
  it('returns a key, and throws USAGE with the nearest one otherwise', () => {
    expect(requireKey('http.port')).toBe('http.port');
    expect(() => requireKey('http.prot')).toThrow(
      'There is no configuration key "http.prot". Did you mean "http.port"?',
    );
    expect(() => requireKey('toString')).toThrow('There is no configuration key "toString".');
  });
});

describe('print()', () => {
  it('lists all values sorted, says where each came from, and can be loaded again', () => {
    const { options, write } = createWorld();
    const env = { ...SECRETS, RODENT_LOG_REDACT: 'pin,iban', RODENT_DRAIN_GRACE: '90s' };
    const config = load({ ...options, env, flags: { port: '9000', home: 'state$$1' } });
    const text = print(config);
    expect(text).toContain('\n# --port\nhttp.port=9000\n');
    expect(text).toContain('\n# PGPASSWORD\n#database.password=***\n');
    const keys = [...text.matchAll(/^#?([a-zA-Z.]+)=/gm)].map(([, key]) => key);
    expect(keys).toEqual([...KEY_NAMES]);
    const again = load({ ...options, flags: { config: write('copy.conf', text) } });
    expect(diff(config, again).live).toEqual([]);
    expect(diff(config, again).restart).toEqual([
      'config',
      'database.password',
      'database.url',
      'home',
    ]);
  });

  it('has a shape for programs', () => {
    const config = load({ ...createWorld().options, flags: { port: '9000' } });
    expect(toJson(config)).toMatchObject({
      home: config.home,
      files: [],
      values: {
        'http.port': { layer: 'flag', place: '--port', value: '9000' },
        'log.level': { layer: 'default', place: 'default', value: 'info' },
      },
    });
  });
});

describe('requireVariables()', () => {
  it('names all that are missing at once', () => {
    const { options } = createWorld();
    const config = load({ ...options, env: { RODENT_ENV_REQUIRED: 'A,B,C' } });
    expect(() => requireVariables(config, { A: '1', B: '' })).toThrow(
      'Cannot start: the environment lacks the variables "B", "C", which RODENT_ENV_REQUIRED requires.',
    );
    expect(() => requireVariables(config, {})).toThrow(
      expect.objectContaining({ code: 'START_FAILED' }),
    );
    expect(() => requireVariables(config, { A: '1', B: '2', C: '3' })).not.toThrow();
  });
});
