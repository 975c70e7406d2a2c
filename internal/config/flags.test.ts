import { describe, expect, it } from 'vitest';
import yargs from 'yargs';

import { fromArguments, normalize, options } from './flags.js';
import type { Flags } from './layers.js';

function parse(argv: readonly string[]): Flags {
  const parser = yargs().exitProcess(false).strict().help(false).version(false);
  for (const [name, { type, alias, describe, requiresArg }] of Object.entries(options('serve'))) {
    parser.option(name, { type, alias: [...alias], describe, requiresArg });
  }
  return fromArguments(parser.parseSync([...normalize(argv)]));
}

describe('options()', () => {
  it('yields nothing for what was not given, so that files count', () => {
    expect(parse([])).toEqual({});
  });

  it.each([
    [['--port', '9000'], { port: '9000' }],
    [['--port=9000'], { port: '9000' }],
    [['-p', '9000'], { port: '9000' }],
    [['-d'], { detach: true }],
    [['--detached'], { detach: true }],
    [['--no-http'], { http: false }],
    [['--http=off'], { http: false }],
    [['--http=YES'], { http: true }],
    [['--stop-after-init'], { 'stop-after-init': true }],
    [['--pid-file', '007'], { 'pid-file': '007' }],
    [['--port', '1', '--port', '2'], { port: ['1', '2'] }],
    [['--config=a', '-s'], { config: 'a', save: true }],
  ])('makes yargs read %j', (argv, flags) => {
    expect(parse(argv)).toEqual(flags);
  });

  it('describes each with its kind and its default, and carries none', () => {
    expect(options('serve')['port']).toEqual({
      type: 'string',
      alias: ['p'],
      describe: 'TCP port to listen on; 0 takes any free one. [port; default 8042]',
      requiresArg: true,
    });
  });

  it('gives every command the few that say which service is meant', () => {
    expect(Object.keys(options('common')).toSorted()).toEqual([
      'config',
      'control-socket',
      'home',
      'log-dir',
      'log-level',
      'pid-file',
    ]);
  });
});

describe('normalize()', () => {
  it('leaves everything alone but the words for yes and no of a switch', () => {
    const argv = ['serve', '--port=on', '--detach=maybe', '--', '--detach=yes'];
    expect(normalize(argv)).toEqual(argv);
    expect(normalize(['--watch=1', '--save=No'])).toEqual(['--watch', '--no-save']);
  });
});
