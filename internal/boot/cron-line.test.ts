/** What a real shell makes of the line, after what cron makes of it. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { lineOf } from './cron-line.js';
import type { Service } from './index.js';
import { service } from './testing/machine.js';

/**
 * What cron hands to the shell: up to the first bare `%`, with `\%` as `%`.
 *
 * Source: Vixie cron and cronie, do_command.c, child_process().
 */
function commandByCron(line: string): string {
  const command = line.slice('@reboot '.length);
  let text = '';
  for (let at = 0; at < command.length; at += 1) {
    const [char, next] = [command[at], command[at + 1]];
    if (char === '%') break;
    if (char === '\\' && next !== undefined) {
      text += next === '%' ? '%' : `\\${next}`;
      at += 1;
    } else text += char;
  }
  return text;
}

/** Runs the line of `service`; returns where its program ran and with which words. */
function play(given: Service): readonly string[] {
  const command = Buffer.from(commandByCron(lineOf(given)), 'latin1');
  const script = path.join(tempDir(), 'cron.sh');
  fs.writeFileSync(script, command);
  const { status, stderr } = spawnSync('/bin/sh', [script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return fs.readFileSync(path.join(given.dir, 'heard'), 'utf8').split('\0').slice(0, -1);
}

/** A service in the folder `name`, whose program writes down what it hears there. */
function recorder(name: string, words: readonly string[]): Service {
  const dir = path.join(tempDir(), name);
  fs.mkdirSync(dir);
  const program = path.join(dir, `record ${name}`);
  fs.writeFileSync(program, '#!/bin/sh\nprintf "%s\\0" "$PWD" "$@" > heard\n', { mode: 0o755 });
  return service('x', { dir, command: [program, ...words] });
}

test.each([
  'plain',
  'with blanks  two',
  'a%b',
  '100%',
  '%%',
  'back\\slash',
  'back\\%both',
  'two\\\\%both',
  "it's",
  "it'%s \\'%",
  'quote"$HOME"`id`',
  '~x !y #z ;& | > *?',
  'ünïcödé 鼠',
])('the folder %j survives cron and the shell', (name) => {
  const given = recorder(name, ['serve', '--home', `/x/${name}`]);
  expect(play(given)).toEqual([given.dir, 'serve', '--home', `/x/${name}`, '--detached']);
});

test('so does whatever else a path may hold', () => {
  const char = fc.constantFrom('\\', '%', "'", '"', ' ', '$', '`', '#', 'a', ';', '-', 'é');
  const name = fc.string({ unit: char, minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 2 }), (folder, words) => {
      const given = recorder(folder, words);
      expect(play(given)).toEqual([given.dir, ...words, '--detached']);
    }),
    { numRuns: 60 },
  );
});
