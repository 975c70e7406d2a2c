import fs from 'node:fs';

import { describe, expect, it } from 'vitest';

import { diff } from './config.js';
import { KEYS, KEY_NAMES, isKey, variableOf, variablesOf } from './keys.js';
import { load, read } from './load.js';
import { sample } from './sample.js';
import { createWorld } from './testing/world.js';

describe('each key', () => {
  it.each(KEY_NAMES)('%s is declared completely', (key) => {
    const definition = KEYS[key];
    expect(key).toMatch(/^[a-z][a-zA-Z]*(?:\.[a-z][a-zA-Z]*)*$/);
    expect(definition.summary).toMatch(/^[A-Z].*\.$/);
    expect(definition.summary.length).toBeLessThanOrEqual(98);
    expect(definition.of === undefined).toBe(definition.kind !== 'enum');
    expect(definition.from?.includes('flag') === true && definition.flag === undefined).toBe(false);
    expect(definition.secret === true && definition.default !== '').toBe(false);
  });

  it('has a flag and variables of its own', () => {
    const flags = KEY_NAMES.flatMap((key) => [KEYS[key].flag ?? key, ...(KEYS[key].alias ?? [])]);
    const variables = KEY_NAMES.flatMap((key) => variablesOf(key, KEYS[key]));
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(variables).size).toBe(variables.length);
  });

  it('takes its variable from its name', () => {
    expect(variableOf('http.port')).toBe('RODENT_HTTP_PORT');
    expect(variableOf('drain.idleOnReload')).toBe('RODENT_DRAIN_IDLE_ON_RELOAD');
  });

  it('is found by its own name alone', () => {
    expect(['http.port', 'toString', '__proto__', ''].map((name) => isKey(name))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('has a default that its own kind accepts', () => {
    expect(read(createWorld().options).problems).toEqual([]);
  });
});

describe('config/rodent.conf', () => {
  it('is what the declarations say; vitest -u writes it', async () => {
    await expect(sample()).toMatchFileSnapshot('../../config/rodent.conf');
  });

  it('loads to exactly the defaults, as it is and with every key taken out of its comment', () => {
    const { options, write } = createWorld();
    const defaults = load(options);
    const text = fs.readFileSync(new URL('../../config/rodent.conf', import.meta.url), 'utf8');
    write('rodent.conf', text, 0o644);
    expect(diff(defaults, load(options))).toEqual({ live: [], restart: [] });
    write('rodent.conf', text.replaceAll(/^#(?=[\w.]+=)/gm, ''), 0o644);
    const config = load(options);
    expect(diff(defaults, config)).toEqual({ live: [], restart: [] });
    expect(config.source('http.port').layer).toBe('file');
  });
});
