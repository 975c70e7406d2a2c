/** The words after a worker script's name. */

import { describe, expect, it } from 'vitest';

import { glance, read } from './command-line.js';

const ID = '0a1b2c3d-0000-4000-8000-00000000e1f0';

describe('the command line', () => {
  it.each([[[ID, 'start']], [['start', ID]], [['start', ID.toUpperCase()]]])(
    '%j starts the worker in the background',
    (words) => {
      expect(read(words)).toEqual({ command: 'start', workerId: ID, foreground: false });
    },
  );

  it.each([[['-f', ID, 'start']], [[ID, '--foreground', 'start']], [['start', ID, '-f']]])(
    '%j starts it in the foreground',
    (words) => {
      expect(read(words)).toEqual({ command: 'start', workerId: ID, foreground: true });
    },
  );

  it.each([
    [[], 'The command is missing.'],
    [[ID], 'The command is missing.'],
    [[ID, 'launch'], 'There is no command "launch".'],
    [['start'], 'The worker_id is missing.'],
    [['start', 'x1'], 'The worker_id "x1" is not a UUID.'],
    [['stop', `{${ID}}`], `The worker_id "{${ID}}" is not a UUID.`],
    [['start', 'stop', ID], 'There are too many words.'],
    [['start', 'start', ID], 'There are too many words.'],
    [[ID, ID, 'start'], 'There are too many words.'],
    [[ID, 'start', '--force'], 'There is no option "--force".'],
    [[ID, 'start', '-x'], 'There is no option "-x".'],
  ])('%j is refused', (words, detail) => {
    expect(() => read(words)).toThrow(expect.objectContaining({ code: 'USAGE', detail }));
  });

  it('knows --help', () => {
    expect(read(['--help'])).toBe('help');
    expect(read(['-h', ID])).toBe('help');
  });

  it('is glanced at where it says something else', () => {
    expect(glance(['run', ID, '-f', '--other=1'])).toEqual({ workerId: ID, foreground: true });
    expect(glance([])).toEqual({ workerId: undefined, foreground: false });
  });
});
