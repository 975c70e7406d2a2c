import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as programs from './index.js';
import { createWorld } from './testing/world.js';

const A = 'config/programs.d/a.conf';

test('a folder that is missing or empty holds no programs', () => {
  const { dir, load } = createWorld();
  expect(load()).toEqual([]);
  fs.mkdirSync(dir, { recursive: true });
  expect(load()).toEqual([]);
});

test('a definition is complete: every default stands in its place', () => {
  const { project, logDir, write, load } = createWorld();
  const file = write(A, 'command=node "a b.js"\n');
  expect(load()).toEqual([
    {
      name: 'a',
      file,
      run: { kind: 'command', words: ['node', 'a b.js'] },
      directory: project,
      environment: {},
      environmentFile: undefined,
      environmentDigest: undefined,
      autostart: true,
      autorestart: 'unexpected',
      exitCodes: [0],
      settleMs: 1000,
      startRetries: 3,
      readiness: 'time',
      stopSignal: 'SIGTERM',
      stopMs: 10_000,
      stopAsGroup: false,
      killAsGroup: true,
      priority: 999,
      user: undefined,
      group: undefined,
      umask: undefined,
      stdout: { kind: 'file', path: path.join(logDir, 'programs', 'a.log') },
      stderr: { kind: 'file', path: path.join(logDir, 'programs', 'a.error.log') },
      rotation: { sizeBytes: 52_428_800, keep: 10 },
    },
  ]);
});

test('a file copied from supervisord loads as it is', () => {
  const { project, write, load } = createWorld();
  const lines = [
    '; my program',
    '',
    '[program:a]',
    'command=/usr/bin/cat -u',
    'directory=/tmp',
    'environment=A="x, y",B=2',
    'autostart=false',
    'autorestart=true',
    'exitcodes=0,2',
    'startsecs=5',
    'stopsignal=QUIT',
    'stopwaitsecs=15',
    'stopasgroup=true',
    'umask=022',
  ];
  write(A, `${lines.join('\r\n')}\r\n`);
  expect(load()[0]).toMatchObject({
    run: { kind: 'command', words: ['/usr/bin/cat', '-u'] },
    directory: '/tmp',
    environment: { A: 'x, y', B: '2' },
    autostart: false,
    autorestart: 'always',
    exitCodes: [0, 2],
    settleMs: 5000,
    stopSignal: 'SIGQUIT',
    stopMs: 15_000,
    stopAsGroup: true,
    umask: 0o022,
  });
  expect(project).not.toBe('/tmp');
});

test('values become what the supervisor takes', () => {
  const { project, write, load, options } = createWorld();
  const lines = [
    'script=workers/mail.ts',
    'args=--fast "two words"',
    'directory=$ROOT/data',
    'environment.LIST=a,b = c',
    'autorestart=no',
    'startsecs=250ms',
    'readiness=newline',
    'stopsignal=sigint',
    'killasgroup=no',
    'stdout=inherit',
    'stderr=logs/mail.log',
    'log.rotate.size=1MiB',
    'log.rotate.keep=2',
  ];
  write('config/programs.d/mail-2.conf', lines.join('\n'));
  expect(load()[0]).toMatchObject({
    name: 'mail-2',
    run: {
      kind: 'script',
      path: path.join(project, 'workers/mail.ts'),
      args: ['--fast', 'two words'],
    },
    directory: '/srv/data',
    environment: { LIST: 'a,b = c' },
    autorestart: 'never',
    settleMs: 250,
    readiness: 'told',
    stopSignal: 'SIGINT',
    killAsGroup: false,
    stdout: { kind: 'inherit' },
    stderr: { kind: 'file', path: path.join(project, 'logs/mail.log') },
    rotation: { sizeBytes: 1_048_576, keep: 2 },
  });
  write('config/programs.d/mail-2.conf', 'command=true\nstderr=stdout\n');
  const [bare] = programs.load({
    ...options,
    logDir: undefined,
    rotation: { sizeBytes: 9, keep: 1 },
  });
  expect(bare).toMatchObject({
    stdout: { kind: 'inherit' },
    stderr: { kind: 'stdout' },
    rotation: { sizeBytes: 9, keep: 1 },
  });
});

test('programs come sorted, and only files NAME.conf count', () => {
  const { write, load } = createWorld();
  for (const name of ['b.conf', 'a.conf', 'c.conf.sample', '.hidden.conf', 'README.md']) {
    write(`config/programs.d/${name}`, 'command=true\n');
  }
  expect(load().map(({ name }) => name)).toEqual(['a', 'b']);
});

describe('what is wrong', () => {
  test('is told at once, of all files, each with its line', () => {
    const { dir, write, problems } = createWorld();
    write(
      A,
      [
        '[program:b]',
        'command=echo "',
        'comand=true',
        'autostart=perhaps',
        'numprocs=2',
        'autostart=yes',
        'whatever',
        '[program:c]',
        '[group:x]',
        'hunter2!=1',
      ].join('\n'),
    );
    write('config/programs.d/b.conf', 'script=a.js\ncommand=true\nexitcodes=256\numask=9\nuser=\n');
    write('config/programs.d/c.conf', 'autostart=yes\nstartsecs=soon\nreadiness=now\n');
    write(
      'config/programs.d/D.conf',
      'command=a | b\nstopsignal=NONE\nstdout=stdout\nautorestart=x\n',
    );
    const at = (name: string, line: number): string => `${path.join(dir, name)}:${line}`;
    expect(problems()).toEqual([
      expect.stringContaining('D.conf: A program is named by its file'),
      `${at('D.conf', 1)}: "command" must be a command that needs no shell (put "|" into sh -c "…", or quote it), not "a | b".`,
      `${at('D.conf', 4)}: "autorestart" must be one of unexpected, yes, no, not "x".`,
      `${at('D.conf', 2)}: "stopsignal" must be the name of a signal, such as TERM, INT or USR1, not "NONE".`,
      `${at('a.conf', 1)}: The header names the program "b", the file is that of "a"; rename one.`,
      `${at('a.conf', 8)}: One file holds one program; move [program:c] to its own file.`,
      `${at('a.conf', 9)}: Only the header [program:a] may stand in this file.`,
      `${at('a.conf', 6)}: "autostart" stands here a second time, after line 4; keep one of them.`,
      `${at('a.conf', 7)}: The line is not of the form key=value.`,
      `${at('a.conf', 3)}: "comand" is no key. Did you mean "command"?`,
      `${at('a.conf', 5)}: "numprocs" is no key here: one file is one process; copy the file under another name.`,
      `${at('a.conf', 10)}: The line has no known key.`,
      `${at('a.conf', 2)}: "command" must be a command line whose quotes are closed, not "echo \\"".`,
      expect.stringMatching(/a\.conf:4: "autostart" must be yes or no .*, not "perhaps"\.$/),
      `${at('b.conf', 3)}: "exitcodes" must be exit codes (0 to 255), separated by commas, not "256".`,
      `${at('b.conf', 4)}: "umask" must be an octal number such as 022, not "9".`,
      `${at('b.conf', 1)}: "script" and "command" (${at('b.conf', 2)}) exclude each other.`,
      expect.stringMatching(/c\.conf:2: "startsecs" must be a duration/),
      `${at('c.conf', 3)}: "readiness" must be one of newline, time, not "now".`,
      `${path.join(dir, 'c.conf')}: The file says nothing to run: it needs "command" or "script".`,
    ]);
  });

  test.each([
    ['an open list', 'environment=A=1,B', /must be a list such as A=1,B="x, y"\.$/],
    ['a name twice in a list', 'environment=A=1,A=2', /names each variable once \("A"\)\.$/],
    ['a value that is missing', 'autostart=', /"autostart" must be set to a value\.$/],
    [
      'a name twice in two ways',
      'environment=A=1\nenvironment.A=2',
      /a\.conf:3: "A" stands in "environment" as well \(.*a\.conf:2\)\.$/,
    ],
    ['a name that is none', 'environment.1x=2', /"environment\.1x" is no key\./],
    [
      'a secret for all to read',
      'environment.DB_PASSWORD=x',
      /holds the secret "DB_PASSWORD" but has mode 0644; run: chmod 600/,
    ],
    [
      'a file of variables that is not there',
      'environmentFile=none.env',
      /none\.env: There is no such file\. \(The "environmentFile" of .*a\.conf:2\.\)$/,
    ],
  ])('names %s', (_, lines, sentence) => {
    const { write, problems } = createWorld();
    write(A, `command=true\n${lines}\n`);
    expect(problems()).toEqual([expect.stringMatching(sentence)]);
  });

  test('is a file that is a folder or no text, and never shown is what may be a secret', () => {
    const { dir, write, problems } = createWorld();
    fs.mkdirSync(path.join(dir, 'a.conf'), { recursive: true });
    write('config/programs.d/b.conf', 'command=true\nenvironment=DB_PASSWORD=hunter2,\0\n', 0o600);
    write('secret.env', 'API_TOKEN=hunter2\n', 0o640);
    write('config/programs.d/c.conf', 'command=true\nenvironmentFile=secret.env\n');
    const text = problems().join('\n');
    expect(text).toMatch(/a\.conf: This is a folder, not a file\./);
    expect(text).toMatch(/b\.conf:2: The line holds a control character/);
    expect(text).toMatch(/secret\.env: The file holds the secret "API_TOKEN" but has mode 0640/);
    expect(text).not.toContain('hunter2');
    expect(problems()).toHaveLength(3);
  });
});
