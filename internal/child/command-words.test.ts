import { expect, test } from 'vitest';

import { splitCommand } from './index.js';

test.each([
  ['node server.js', ['node', 'server.js']],
  ['  a \t b  ', ['a', 'b']],
  [`a 'two words' "and two"`, ['a', 'two words', 'and two']],
  [`a --title="x y"'z'`, ['a', '--title=x yz']],
  ['a b\\ c \\"', ['a', 'b c', '"']],
  [`a "" ''`, ['a', '', '']],
  [`a '\\' "\\"\\\\\\$\\n"`, ['a', '\\', '"\\$\\n']],
  [`a $HOME ~ *.js`, ['a', '$HOME', '~', '*.js']],
  [`sh -c "a | b > c && d"`, ['sh', '-c', 'a | b > c && d']],
  [`find . -exec ls {} \\; '|' -- x>y`, ['find', '.', '-exec', 'ls', '{}', ';', '|', '--', 'x>y']],
  ['é "ü ß"', ['é', 'ü ß']],
])('splitCommand(%j) is %j', (text, words) => {
  expect(splitCommand(text)).toEqual(words);
});

test.each(["a 'b", 'a "b', 'a b\\', `a "b\\"`])('a quote left open is refused: %j', (text) => {
  expect(splitCommand(text)).toEqual({ expected: 'a command line whose quotes are closed' });
});

test.each(['', '   ', '""'])('a command needs a name: %j', (text) => {
  expect(splitCommand(text)).toEqual({ expected: 'the name of a program' });
});

test.each(['a | b', 'a && b', 'a &', 'a ; b', 'a > f', 'a >f', 'a 2>&1', 'a >>/x/y', 'a < f'])(
  'what only a shell understands is refused: %j',
  (text) => {
    expect(splitCommand(text)).toMatchObject({ expected: expect.stringContaining('no shell') });
  },
);

test('a null character is refused', () => {
  expect(splitCommand('a \0')).toMatchObject({ expected: expect.stringContaining('null') });
});
