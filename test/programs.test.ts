/** Programs and scripts beside the workers: defined in files, kept by the supervisor, handled by commands. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import type { WorkerStatus } from '../internal/child/index.js';
import { allRun, processesIn, supervised, project, until } from './support/index.js';
import type { Supervised } from './support/index.js';

const APP = `export default { fetch: () => new Response('hello ' + process.pid) };\n`;

/** Starts a service that keeps the given programs, by their names. */
async function keeping(
  definitions: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<Supervised> {
  return supervised(APP, ['workers=1'], {}, (own) => {
    for (const [name, text] of Object.entries(definitions)) {
      own.write(`config/programs.d/${name}.conf`, text);
    }
    for (const [name, text] of Object.entries(files)) own.write(name, text);
  });
}

/** Waits until the program is in `state`, and returns what is told of it. */
function program(own: Supervised, name: string, state: string): Promise<WorkerStatus> {
  return until(`${name} to be ${state}`, async () => {
    const { workers } = await own.status();
    return workers.find((worker) => worker.name === name && worker.state === state);
  });
}

function read(own: Supervised, name: string): string {
  const file = path.join(own.dir, '.rodent', 'log', 'programs', name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

describe('a program', () => {
  test('runs beside the workers, writes its own log, comes back when it is killed, and stops with the service', async () => {
    const own = await keeping({
      ticker: 'command=sh -c "echo up; exec sleep 1000"\nstartsecs=0\n',
    });
    const before = await program(own, 'ticker', 'RUNNING');
    await until('its word', () => read(own, 'ticker.log').includes('up'));
    process.kill(before.pid ?? 0, 'SIGKILL');
    const after = await until('the next one', async () => {
      const now = await program(own, 'ticker', 'RUNNING');
      return now.pid === before.pid ? undefined : now;
    });
    expect(after.lastEnd?.reason).toMatch(/SIGKILL/);
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('that never starts ends in FATAL and harms nobody', async () => {
    const own = await keeping({ broken: 'command=./no-such-program\nstartretries=1\n' });
    const status = await program(own, 'broken', 'FATAL');
    expect(status.lastEnd?.reason).toMatch(/no-such-program/);
    expect((await fetch(own.url)).status).toBe(200);
    const shown = await own.run(['program', 'status']);
    expect(shown.stdout).toMatch(/broken\s.*FATAL/);
  });

  test('is started, stopped, restarted and signalled by command', async () => {
    const own = await keeping({
      shell: `command=sh -c 'trap "echo hup" HUP; echo up; while :; do sleep 0.05; done'\nstartsecs=0\nautostart=no\n`,
    });
    await program(own, 'shell', 'STOPPED');
    expect((await own.run(['program', 'start', 'shell'])).code).toBe(0);
    const { pid } = await program(own, 'shell', 'RUNNING');
    await until('its trap to stand', () => read(own, 'shell.log').includes('up'));
    expect((await own.run(['program', 'signal', 'HUP', 'shell'])).code).toBe(0);
    await until('the signal', () => read(own, 'shell.log').includes('hup'));
    expect((await own.run(['program', 'restart', 'shell'])).code).toBe(0);
    expect((await program(own, 'shell', 'RUNNING')).pid).not.toBe(pid);
    expect((await own.run(['program', 'stop', 'shell'])).code).toBe(0);
    await program(own, 'shell', 'STOPPED');
    const unknown = await own.run(['program', 'start', 'nobody']);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('"nobody"');
  });

  test('is added, changed and removed by update, and the others go on', async () => {
    const own = await keeping({
      same: 'command=sleep 1000\nstartsecs=0\n',
      other: 'command=sleep 1001\nstartsecs=0\n',
      gone: 'command=sleep 1002\nstartsecs=0\n',
    });
    const same = await program(own, 'same', 'RUNNING');
    await program(own, 'gone', 'RUNNING');
    own.write('config/programs.d/other.conf', 'command=sleep 1003\nstartsecs=0\n');
    own.write('config/programs.d/fresh.conf', 'command=sleep 1004\nstartsecs=0\n');
    fs.rmSync(path.join(own.dir, 'config/programs.d/gone.conf'));
    const outcome = await own.run(['program', 'update']);
    expect(outcome.stderr).not.toContain('Cannot');
    expect(outcome.code).toBe(0);
    await program(own, 'fresh', 'RUNNING');
    await program(own, 'other', 'RUNNING');
    expect((await program(own, 'same', 'RUNNING')).pid).toBe(same.pid);
    const names = (await own.status()).workers.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['fresh', 'http-1', 'other', 'same']);
  });

  test('with a mistake in its file stops the start, every mistake named with its line', async () => {
    const own = await project(APP, { conf: ['workers=1'] });
    own.write('config/programs.d/a.conf', 'comand=x\n');
    own.write('config/programs.d/b.conf', 'command=x\nstopsignal=LOUD\n');
    const outcome = await own.run(['serve', '-d']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/a\.conf:1/);
    expect(outcome.stderr).toMatch(/b\.conf:2/);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('dies with a supervisor that is killed, its children included', async () => {
    const own = await keeping({ parent: 'command=sh -c "sleep 1000 & wait"\nstartsecs=0\n' });
    await program(own, 'parent', 'RUNNING');
    await until('its child', () => processesIn(own.dir).length >= 4);
    process.kill(own.pid() ?? 0, 'SIGKILL');
    await until('everybody to end', () => processesIn(own.dir).length === 0);
  });

  test('runs only once while a successor takes over', async () => {
    const own = await keeping({
      single: `command=sh -c 'mkdir only || echo TWICE; trap "rmdir only; exit" TERM; while :; do sleep 0.05; done'\nstartsecs=0\n`,
    });
    const before = await program(own, 'single', 'RUNNING');
    expect((await own.run(['restart'])).code).toBe(0);
    await until(
      'the next one',
      async () => (await program(own, 'single', 'RUNNING')).pid !== before.pid,
    );
    expect(read(own, 'single.log')).not.toContain('TWICE');
  });
});

describe('a script', () => {
  test('gets a context that ends when it is stopped, and may be TypeScript', async () => {
    const own = await keeping(
      { tick: 'script=tick.ts\n' },
      {
        'tick.ts': `
export default async function main(ctx: { readonly signal: AbortSignal }): Promise<void> {
  console.log('begun');
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => undefined, 1000);
    ctx.signal.addEventListener('abort', () => { clearInterval(timer); resolve(); });
  });
  console.log('ended in order');
}
`,
      },
    );
    await program(own, 'tick', 'RUNNING');
    await until('its begin', () => read(own, 'tick.log').includes('begun'));
    expect((await own.run(['program', 'stop', 'tick'])).code).toBe(0);
    await until('its end', () => read(own, 'tick.log').includes('ended in order'));
  });

  test('whose function has returned ends, and is not started again', async () => {
    const own = await keeping(
      { once: 'script=once.mjs\nstartsecs=0\n' },
      { 'once.mjs': `export default async function main() { console.log('done'); }\n` },
    );
    await program(own, 'once', 'EXITED');
    expect(read(own, 'once.log')).toContain('done');
  });

  test('that cannot be loaded says why', async () => {
    const own = await keeping(
      { bad: 'script=bad.mjs\nstartretries=0\n' },
      { 'bad.mjs': 'import "nope";' },
    );
    await program(own, 'bad', 'FATAL');
    const shown = await own.run(['program', 'status']);
    expect(shown.stdout).toMatch(/bad\s.*FATAL/);
    await own.workers('the others', (workers) => allRun(1)(workers));
  });
});
