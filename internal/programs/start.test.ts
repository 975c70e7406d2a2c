import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { canBecomeNobody, spawnNode, until } from '../../test/support/index.js';
import type * as child from '../child/index.js';
import { hasMembers } from '../child/testing/command.js';
import * as programs from './index.js';
import { createWorld } from './testing/world.js';

const STARTER = fileURLToPath(new URL('fixtures/starter.mjs', import.meta.url));
const STOP = { kind: 'stop' } as const;

describe('start()', () => {
  test('runs a command with its variables and writes both streams to its logs', async () => {
    const { project, write, start, log } = createWorld();
    write('a.env', "SECRET='s t'\nB=from-file\n", 0o600);
    const text = [
      `command=sh -c 'echo "$A|$B|$C|$SECRET|$(pwd)|$(umask)"; echo oops >&2; exit 3'`,
      'environment=A=1,B=2',
      'environment.C=x y',
      'environmentFile=a.env',
      'umask=027',
    ];
    const { exited, pid } = start(text.join('\n'));
    expect(await exited).toEqual({ code: 3, signal: null, words: ['oops'] });
    expect(log('a.log')).toBe(`1|from-file|x y|s t|${project}|0027\n`);
    expect(log('a.error.log')).toBe('oops\n');
    expect(fs.existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('inherits the variables of the service', async () => {
    const { start, log } = createWorld();
    const env = { PATH: process.env['PATH'], SERVICE: 'shop', A: 'service' };
    await start(`command=sh -c 'echo "$SERVICE $A"'\nenvironment.A=own`, { env }).exited;
    expect(log('a.log')).toBe('shop own\n');
  });

  test('may lead both streams to one place, nowhere, or to where the service writes', async () => {
    const { start, log } = createWorld();
    const both = `command=sh -c 'echo out; echo err >&2'\n`;
    await start(`${both}stderr=stdout`).exited;
    expect(log('a.log').split('\n').toSorted()).toEqual(['', 'err', 'out']);
    const service = { out: '', err: '' };
    const inherit = {
      stdout: (chunk: Buffer): void => void (service.out += chunk.toString()),
      stderr: (chunk: Buffer): void => void (service.err += chunk.toString()),
    };
    await start(`${both}stdout=inherit\nstderr=inherit`, { inherit }).exited;
    expect(service).toEqual({ out: 'out\n', err: 'err\n' });
    const { words } = await start(`${both}stdout=none\nstderr=none`, { inherit }).exited;
    expect(words).toEqual(['err']);
    expect(service).toEqual({ out: 'out\n', err: 'err\n' });
  });

  test('makes ready with a newline where the file says so', async () => {
    const { start } = createWorld();
    const program = start(`command=sh -c 'echo >&3; exec sleep 1000'\nreadiness=newline`);
    await program.ready;
    program.stop(STOP);
    expect(await program.exited).toMatchObject({ signal: 'SIGTERM' });
  });

  test('stops with the signal of the file, and kills the whole group of what ignores it', async () => {
    const { start, log } = createWorld();
    const script = `trap "echo asked" INT; sh -c "trap '' TERM INT; echo up; while :; do sleep 1; done" & while :; do sleep 0.05; done`;
    const program = start(`command=sh -c '${script.replaceAll("'", `'"'"'`)}'\nstopsignal=INT`);
    await until('the grandchild', () => log('a.log').includes('up'));
    program.stop(STOP);
    await until('the trap', () => log('a.log').includes('asked'));
    program.kill();
    expect(await program.exited).toMatchObject({ signal: 'SIGKILL' });
    await until('the group to be empty', () => !hasMembers(program.pid));
  });

  test('tells the guard of it, and that it has gone', async () => {
    const { start } = createWorld();
    const told: string[] = [];
    const guard: child.Guard = {
      pid: 1,
      add: (pgid) => void told.push(`add ${pgid}`),
      remove: (pgid) => void told.push(`remove ${pgid}`),
      close: () => Promise.resolve(),
    };
    const { pid, exited } = start('command=true', { guard });
    await exited;
    expect(told).toEqual([`add ${pid}`, `remove ${pid}`]);
  });

  test.runIf(canBecomeNobody)('runs as another user, whose home it knows', async () => {
    const { start, log, project } = createWorld();
    fs.chmodSync(project, 0o755);
    const { exited } = start(`command=sh -c 'id -un; echo "$USER $LOGNAME $HOME"'\nuser=nobody`);
    expect((await exited).code).toBe(0);
    expect(log('a.log')).toMatch(/^nobody\nnobody nobody \/.*\n$/);
  });
});

describe('what cannot be started', () => {
  test.each([
    ['a command that does not exist', 'command=no-such-program-here', /there is no such program/],
    [
      'a folder that does not exist',
      'command=true\ndirectory=/no/where',
      /folder "\/no\/where" does not exist/,
    ],
    [
      'a user that does not exist',
      'command=true\nuser=no-such-user-here',
      /There is no user "no-such-user-here"/,
    ],
    [
      'a log that cannot be written',
      'command=true\nstdout=/proc/nowhere/a.log',
      /Cannot write the log file "\/proc\/nowhere\/a\.log"/,
    ],
    ['a script, which is no command', 'script=a.js', /is a script/],
  ])('tells of %s by its exit', async (_, text, sentence) => {
    const { start } = createWorld();
    const program = start(text);
    expect(program.pid).toBeNaN();
    const exit = await program.exited;
    expect(exit).toMatchObject({ code: null, signal: null, words: [] });
    expect(exit.error?.message).toMatch(sentence);
    program.reopenLogs();
  });

  test('is a program whose file of variables was opened to all since', async () => {
    const { write, load } = createWorld();
    write('a.env', 'TOKEN=x\n', 0o600);
    write('config/programs.d/a.conf', 'command=true\nenvironmentFile=a.env\n');
    const [definition] = load();
    write('a.env', 'TOKEN=x\n', 0o644);
    const { error } = await programs.start(definition as programs.Definition, { env: {} }).exited;
    expect(error?.message).toMatch(/chmod 600/);
  });

  test('is a program of another user, without root', async () => {
    const { write, options } = createWorld();
    write('config/programs.d/a.conf', 'command=true\nuser=root\n');
    const starter = spawnNode(STARTER, [JSON.stringify(options), 'nobody']);
    const [, message] = await starter.line(/^error: (.*)$/m);
    expect(message).toBe(
      'Cannot start "a" as user "root": only root may change its user and group.',
    );
  });
});

describe('log files', () => {
  test('are rotated while the program writes, and no line is lost or cut', async () => {
    const { start, logDir } = createWorld();
    const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done';
    const text = `command=sh -c '${script}'\nlog.rotate.size=1KiB\nlog.rotate.keep=1000`;
    await start(text).exited;
    const dir = path.join(logDir, 'programs');
    const names = fs.readdirSync(dir).filter((name) => name.startsWith('a.log'));
    expect(names.length).toBeGreaterThan(20);
    const order = (name: string): number => Number(name.slice('a.log.'.length) || 0);
    const lines = names
      .toSorted((one, other) => order(other) - order(one))
      .flatMap((name) => fs.readFileSync(path.join(dir, name), 'utf8').trimEnd().split('\n'));
    expect(lines).toEqual(Array.from({ length: 3000 }, (_, n) => `line ${n}`));
  });

  test('are found again by reopenLogs()', async () => {
    const { start, log, logDir } = createWorld();
    const program = start(
      `command=sh -c 'echo one; trap "echo two; exit" USR1; while :; do sleep 0.05; done'`,
    );
    await until('a line', () => log('a.log') === 'one\n');
    const file = path.join(logDir, 'programs', 'a.log');
    fs.renameSync(file, `${file}.moved`);
    program.reopenLogs();
    program.signal('SIGUSR1');
    await program.exited;
    expect([log('a.log'), log('a.log.moved')]).toEqual(['two\n', 'one\n']);
  });

  test('are closed when the program has ended', async () => {
    const { start } = createWorld();
    const count = (): number => fs.readdirSync('/proc/self/fd').length;
    await start('command=true').exited;
    const before = count();
    for (let round = 0; round < 5; round += 1) {
      await start('command=true').exited;
      await start('command=no-such-program-here').exited;
    }
    await until('the files to close', () => count() <= before);
  });
});

test('a command that makes a daemon of itself has ended at once: a failed start for its supervisor', async () => {
  const { start, project } = createWorld();
  const daemon = 'echo $$ > daemon.pid; exec sleep 1000';
  const script = `setsid sh -c "$0" & while [ ! -s daemon.pid ]; do sleep 0.01; done`;
  const { exited } = start(`command=sh -c '${script}' '${daemon}'`);
  expect(await exited).toMatchObject({ code: 0, signal: null });
  process.kill(Number(fs.readFileSync(path.join(project, 'daemon.pid'), 'utf8')), 'SIGKILL');
});
