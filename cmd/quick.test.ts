import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import yargs from 'yargs';

import type { Command } from './command.js';
import { parseQuickly } from './quick.js';

const COMMAND: Command = {
  flags: {
    port: { describe: '', type: 'string', alias: ['p'] },
    detach: { describe: '', type: 'boolean', alias: ['d', 'detached'] },
    http: { describe: '', type: 'boolean' },
    lines: { describe: '', type: 'number', alias: ['n'] },
    'log-level': { describe: '', type: 'string' },
  },
  positionals: [{ name: 'app', describe: '' }],
  run: () => Promise.resolve(0),
};

/** Words of which a command line may be made, sensible and not. */
const WORDS: readonly string[] = [
  ...'app.ts 8080 0x10 -p --port --port=1 -p1 -d --detach --no-detach --http=false'.split(' '),
  ...'--no-http -n 5 --lines=7 -dp x 1e3 --log-level --logLevel warn --detached'.split(' '),
  '-n5',
  '',
  '-',
  '--port=',
  'a=b',
  './a b',
];

/** What yargs itself makes of the words, without its own additions. */
async function parseWithYargs(words: readonly string[]): Promise<object> {
  const parser = yargs(['serve', ...words])
    .command('serve [app]', '', (y) => {
      y.positional('app', { type: 'string' });
      for (const [name, { type, alias }] of Object.entries(COMMAND.flags)) {
        y.option(name, { type, alias: [...(alias ?? [])], requiresArg: type !== 'boolean' });
      }
    })
    .help(false)
    .version(false)
    .strict()
    .exitProcess(false)
    .fail((message: string) => {
      throw new Error(message);
    });
  const parsed: Record<string, unknown> = await parser.parseAsync();
  const names = [...Object.keys(COMMAND.flags), 'app'];
  return Object.fromEntries(
    names.flatMap((name) => (parsed[name] === undefined ? [] : [[name, parsed[name]]])),
  );
}

describe('parseQuickly()', () => {
  test.each([
    [[], {}],
    [['app.ts'], { app: 'app.ts' }],
    [['app.ts', '-p', '8080', '-d'], { app: 'app.ts', port: '8080', detach: true }],
    [['--port=8080', '--detached', 'app.ts'], { app: 'app.ts', port: '8080', detach: true }],
    [['--log-level', 'warn', '--no-http'], { http: false, 'log-level': 'warn' }],
    [['-n', '20'], { lines: 20 }],
  ])('takes %j', (words, expected) => {
    expect(parseQuickly(COMMAND, words)).toEqual(expected);
  });

  test.each([
    [['--help']],
    [['-h']],
    [['--prot', '1']],
    [['--port']],
    [['--port', '1', '--port', '2']],
    [['-n', 'many']],
    [['a', 'b']],
    [['--', 'a']],
    [['-x']],
    [['-dp', '1']],
    [['-n', '--lines=7']],
  ])('leaves %j to yargs', (words) => {
    expect(parseQuickly(COMMAND, words)).toBeUndefined();
  });

  test('needs a word that is required', () => {
    const positionals = [{ name: 'action', describe: '', isRequired: true }];
    expect(parseQuickly({ ...COMMAND, positionals }, [])).toBeUndefined();
    expect(parseQuickly({ ...COMMAND, positionals }, ['get'])).toEqual({ action: 'get' });
  });

  test('agrees with yargs on whatever it takes', async () => {
    const word = fc.constantFrom(...WORDS);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
        const quick = parseQuickly(COMMAND, words);
        expect(quick).toEqual(quick === undefined ? undefined : await parseWithYargs(words));
      }),
      { numRuns: 300 },
    );
  });
});
