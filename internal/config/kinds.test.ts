import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Place } from './kind.js';
import { KINDS, isRefusal } from './kinds.js';

const PLACE: Place = {
  base: '/base',
  homeDir: '/home/me',
  variable: (name) => ({ PROJECT: '/srv/app', EMPTY: '' })[name],
};

describe('duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0', 0],
    ['0.07s', 70],
  ])('reads %s', (text, ms) => {
    expect(KINDS.duration.parse(text, {}, PLACE)).toBe(ms);
  });

  it.each(['30', '30 s', '-1s', '1w', '1.0001ms', 's', '1e3s', '0x10s', '25d', '١s', 'NaNs'])(
    'refuses %s',
    (text) => {
      expect(KINDS.duration.parse(text, {}, PLACE)).toMatchObject({
        expected: expect.stringContaining('250ms, 30s, 2m, 1h or 7d'),
      });
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 * 86_400_000 }), (ms) => {
        expect(KINDS.duration.parse(KINDS.duration.format(ms), {}, PLACE)).toBe(ms);
      }),
    );
  });

  it('writes the largest unit that fits', () => {
    expect([90_000, 60_000, 1, 0].map((ms) => KINDS.duration.format(ms))).toEqual([
      '90s',
      '1m',
      '1ms',
      '0',
    ]);
  });
});

describe('size', () => {
  it.each([
    ['1MiB', 1_048_576],
    ['2.5GiB', 2_684_354_560],
    ['512B', 512],
    ['0', 0],
  ])('reads %s', (text, bytes) => {
    expect(KINDS.size.parse(text, {}, PLACE)).toBe(bytes);
  });

  it.each(['1MB', '1', '1mib', '-1KiB', '99999999999TiB', 'constructor', '1constructor'])(
    'refuses %s',
    (text) => {
      expect(isRefusal(KINDS.size.parse(text, {}, PLACE))).toBe(true);
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        fc.pre(bytes < 1e15);
        expect(KINDS.size.parse(KINDS.size.format(bytes), {}, PLACE)).toBe(bytes);
      }),
    );
  });

  it('names the limits of its key', () => {
    expect(KINDS.size.parse('1B', { min: 1024, max: 2048 }, PLACE)).toEqual({
      expected: 'a size such as 512KiB, 1MiB or 2GiB (1KiB to 2KiB)',
    });
  });
});

describe('boolean', () => {
  it.each(['1', 'yes', 'true', 'on', 'YES', 'On'])('takes %s for true', (text) => {
    expect(KINDS.boolean.parse(text, {}, PLACE)).toBe(true);
  });

  it.each(['0', 'no', 'false', 'off', 'Off'])('takes %s for false', (text) => {
    expect(KINDS.boolean.parse(text, {}, PLACE)).toBe(false);
  });

  it.each(['y', '2', 'enabled', 'nope'])('refuses %s', (text) => {
    expect(isRefusal(KINDS.boolean.parse(text, {}, PLACE))).toBe(true);
  });
});

describe('port, integer and workers', () => {
  it('reads back every port it writes and refuses all other numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: -70_000, max: 140_000 }), (port) => {
        const isPort = port >= 0 && port <= 65_535;
        const parsed = KINDS.port.parse(KINDS.port.format(port), {}, PLACE);
        expect(isPort ? parsed : isRefusal(parsed)).toBe(isPort ? port : true);
      }),
    );
  });

  it.each(['', '80a', '8e3', '+1', '1_000', '0x50', ' 80'])('refuses %j', (text) => {
    expect(isRefusal(KINDS.port.parse(text, {}, PLACE))).toBe(true);
    expect(isRefusal(KINDS.integer.parse(text, {}, PLACE))).toBe(true);
    expect(isRefusal(KINDS.workers.parse(text, {}, PLACE))).toBe(true);
  });

  it('takes auto for a number of workers', () => {
    expect(KINDS.workers.parse('auto', {}, PLACE)).toBe('auto');
    expect(KINDS.workers.parse('4', {}, PLACE)).toBe(4);
  });
});

describe('path', () => {
  it.each([
    ['app.ts', '/base/app.ts'],
    ['../app.ts', '/app.ts'],
    ['/srv/app.ts', '/srv/app.ts'],
    ['~', '/home/me'],
    ['~/app.ts', '/home/me/app.ts'],
    ['$PROJECT/app.ts', '/srv/app/app.ts'],
    ['${PROJECT}s', '/srv/apps'],
    ['price-$$5', '/base/price-$5'],
    ['a=b#c d', '/base/a=b#c d'],
  ])('expands %s', (text, path) => {
    expect(KINDS.path.parse(text, {}, PLACE)).toBe(path);
  });

  it.each([
    '$UNKNOWN/x',
    '$EMPTY/x',
    '~other/x',
    'no',
    'TRUE',
    '"/srv/app.ts"',
    'a\u0000b',
    'a\nb',
  ])('refuses %j', (text) => {
    expect(isRefusal(KINDS.path.parse(text, {}, PLACE))).toBe(true);
  });

  it('names every variable that is not set', () => {
    expect(KINDS.path.parse('$A/${B}', {}, PLACE)).toEqual({
      expected: 'a path of variables that are set ($A, $B not)',
    });
  });

  it('reads back what it writes', () => {
    const segment = fc.stringMatching(/^[\w $%~#=.-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const path = KINDS.path.parse(`/${segments.join('/').replaceAll('$', '')}$$`, {}, PLACE);
        expect(typeof path).toBe('string');
        if (typeof path !== 'string') return;
        expect(KINDS.path.parse(KINDS.path.format(path), {}, PLACE)).toBe(path);
      }),
    );
  });
});

describe('list', () => {
  it('splits at commas and drops blanks', () => {
    expect(KINDS.list.parse(' a, ,b ,', {}, PLACE)).toEqual(['a', 'b']);
    expect(KINDS.list.parse('', {}, PLACE)).toEqual([]);
  });

  it('expands each item of a list of paths', () => {
    expect(KINDS.paths.parse('src, ~/lib', {}, PLACE)).toEqual(['/base/src', '/home/me/lib']);
  });

  it('refuses a list for one bad item', () => {
    expect(isRefusal(KINDS.names.parse('A,1B', {}, PLACE))).toBe(true);
    expect(isRefusal(KINDS.paths.parse('a,$NOPE', {}, PLACE))).toBe(true);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[A-Za-z_]\w{0,9}$/)), (names) => {
        expect(KINDS.names.parse(KINDS.names.format(names), {}, PLACE)).toEqual(names);
      }),
    );
  });
});

describe('text and its relatives', () => {
  it.each(['yes', 'Off', '"quoted"', "'quoted'", 'me # the owner', 'a\tb'])(
    'refuses %j as text',
    (text) => {
      expect(isRefusal(KINDS.text.parse(text, {}, PLACE))).toBe(true);
    },
  );

  it('keeps a secret as it is', () => {
    expect(KINDS.text.parse('"yes" # 1', { secret: true }, PLACE)).toBe('"yes" # 1');
  });

  it.each(['127.0.0.1', '::1', '[::1]', 'localhost', 'a.example.org'])('takes host %s', (text) => {
    expect(KINDS.host.parse(text, {}, PLACE)).toBe(text.replaceAll(/[[\]]/g, ''));
  });

  it.each(['127.0.0.1:80', 'http://x', 'a b', '0.0.0.0 # all'])('refuses host %s', (text) => {
    expect(isRefusal(KINDS.host.parse(text, {}, PLACE))).toBe(true);
  });

  it('refuses a header or a route that HTTP would', () => {
    expect(isRefusal(KINDS.header.parse('x request', {}, PLACE))).toBe(true);
    expect(isRefusal(KINDS.route.parse('health', {}, PLACE))).toBe(true);
    expect(isRefusal(KINDS.route.parse('/health?x', {}, PLACE))).toBe(true);
  });
});
