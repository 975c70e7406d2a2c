/** A service with workers: how it starts, what it tells, how many there are, how it is reloaded. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as http from '../internal/http/index.js';
import { allRun, load, processesIn, project, supervised, until } from './support/index.js';
import type { Supervised } from './support/index.js';

/** Answers with its version and its process id, slowly where it is asked to. */
function appOf(version: string): string {
  return `
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const ms = { '/slow': 1_500, '/long': 20_000 }[pathname];
    if (ms !== undefined) await new Promise((resolve) => setTimeout(resolve, ms));
    return new Response('${version} ' + process.pid);
  },
};
`;
}

async function answer(own: Supervised, route = '/'): Promise<readonly [string, number]> {
  const response = await fetch(`${own.url}${route}`, { headers: { connection: 'close' } });
  const [version = '', pid] = (await response.text()).split(' ');
  return [version, Number(pid)];
}

function logOf(own: Supervised): string {
  return fs.readFileSync(path.join(own.dir, '.rodent', 'log', 'error.log'), 'utf8');
}

describe('a service with workers', () => {
  test('is served by them on one socket, shows them as a tree, and stops without a trace', async () => {
    const own = await supervised(appOf('one'));
    const { pid, workers, isSupervised, wanted } = await own.status();
    expect(isSupervised).toBe(true);
    expect(wanted).toBe(2);
    expect(workers.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ['http-1', 'http', 'RUNNING'],
      ['http-2', 'http', 'RUNNING'],
    ]);
    const pids = workers.map((worker) => worker.pid);
    expect(pids).not.toContain(pid);
    expect(pids).toContain((await answer(own))[1]);
    const tree = await own.run(['status']);
    expect(tree.stdout).toMatch(/http-1\s+\d+\s+RUNNING/);
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
    expect((await own.run(['status'])).code).toBe(3);
  });

  test('in the foreground ends on TERM with 0, the request in hand answered', async () => {
    const own = await project(appOf('one'), { conf: ['workers=2'] });
    const program = await own.serve();
    const slow = fetch(`${own.url}/slow`).then((response) => response.text());
    await until('the request', async () => (await own.run(['status'])).stdout.includes('1 active'));
    program.child.kill('SIGTERM');
    expect(await slow).toMatch(/^one \d+$/);
    expect(await program.exit).toEqual({ code: 0, signal: null });
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('whose application is broken does not start, says why and leaves nothing', async () => {
    const own = await project('export const x = 1', { conf: ['workers=2'] });
    for (const args of [['serve'], ['serve', '-d']]) {
      const outcome = await own.run(args);
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain('has no default export');
      await until('everything to end', () => processesIn(own.dir).length === 0);
    }
  });

  test('a second TERM ends all at once with the signal’s status', async () => {
    const own = await project(appOf('one'), { conf: ['workers=2'] });
    const program = await own.serve();
    const long = fetch(`${own.url}/long`).then(
      () => 'answered',
      () => 'cut',
    );
    await until('the request', async () => (await own.run(['status'])).stdout.includes('1 active'));
    program.child.kill('SIGTERM');
    await program.line(/draining/);
    // A signal within half a second of the first is the same one, delivered twice.
    await until('an exit', () => {
      program.child.kill('SIGTERM');
      return program.child.exitCode !== null;
    });
    expect(await long).toBe('cut');
    expect((await program.exit).code).toBe(143);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('live keys reach the workers in place', async () => {
    const own = await supervised(appOf('one'));
    const before = await own.pids();
    fs.appendFileSync(path.join(own.dir, 'rodent.conf'), 'http.bodyLimit=10B\n');
    const outcome = await own.run(['reload']);
    expect(outcome.stdout).toMatch(/in place/);
    await until('413', async () => {
      const { status } = await fetch(own.url, { method: 'POST', body: 'x'.repeat(11) });
      return status === 413;
    });
    expect(await own.pids()).toEqual(before);
  });

  test('serves a socket that an init system opened', async () => {
    const own = await project(appOf('one'), { conf: ['workers=2'] });
    const listener = await http.listen({ port: 0 });
    const { fd } = listener.stdio as { readonly fd: number };
    // LISTEN_PID is known only to the process itself; an init system sets it between fork and exec.
    const activation = own.write('activate.mjs', 'process.env.LISTEN_PID = String(process.pid);\n');
    const program = await own.serve([], {
      execArgv: ['--import', activation],
      env: { LISTEN_FDS: '1' },
      stdio: ['ignore', 'pipe', 'pipe', fd],
    });
    listener.close();
    expect(await (await fetch(listener.url)).text()).toMatch(/^one \d+$/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  test('USR1 makes every process reopen its logs', async () => {
    const own = await supervised(appOf('one'));
    const access = path.join(own.dir, '.rodent', 'log', 'access.log');
    await answer(own);
    await until('a line', () => fs.existsSync(access) && fs.statSync(access).size > 0);
    fs.renameSync(access, `${access}.old`);
    process.kill(own.pid() ?? 0, 'SIGUSR1');
    await until('lines in the new file', async () => {
      await answer(own);
      return fs.existsSync(access) && fs.statSync(access).size > 0;
    });
  });
});

describe('a reload', () => {
  test('replaces every worker, keeps the process and loses no request', async () => {
    const own = await supervised(appOf('one'));
    const [supervisor, before] = [own.pid(), await own.pids()];
    const traffic = await load(own.url, { clients: 4 });
    own.write('app.mjs', appOf('two'));
    const outcome = await own.run(['reload']);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/2 workers of generation 2/);
    await until('answers of the new', () => traffic.sawText('two'));
    expect((await traffic.stop()).lost).toEqual([]);
    expect(own.pid()).toBe(supervisor);
    const after = await own.workers(
      'the old to leave',
      (workers) => allRun(2)(workers) && workers.every(({ generation }) => generation === 2),
    );
    expect(after.filter(({ pid = 0 }) => before.includes(pid))).toEqual([]);
  });

  test.each([
    ['a broken application', 'app.mjs', 'export default {', /SyntaxError/, 0],
    ['a broken configuration', 'rodent.conf', 'http.port=ninety\n', /rodent\.conf:1/, 0],
    [
      'an application that dies just after its start',
      'app.mjs',
      `${appOf('two')}setTimeout(() => process.exit(7), 200);`,
      /exit status 7/,
      // It serves until then, and takes with it what each of the four clients had asked of it.
      4,
    ],
  ])('with %s rolls back, exits 1 and tells the reason', async (...row) => {
    const [, name, text, says, mayLose] = row;
    const own = await supervised(appOf('one'));
    const [supervisor, before] = [own.pid(), await own.pids()];
    const traffic = await load(own.url, { clients: 2 });
    own.write(name, text);
    const outcome = await own.run(['reload']);
    expect(outcome.stderr).toMatch(says);
    expect(outcome.code).toBe(1);
    expect((await traffic.stop()).lost.length).toBeLessThanOrEqual(mayLose);
    expect(own.pid()).toBe(supervisor);
    await own.workers('the old to be alone', allRun(2));
    expect(await own.pids()).toEqual(before);
    expect((await answer(own))[0]).toBe('one');
    expect(logOf(own)).toMatch(/reload/i);
  });

  test('stormed by HUP ends with the newest code, and loses nothing', async () => {
    const own = await supervised(appOf('one'));
    const traffic = await load(own.url, { clients: 2 });
    own.write('app.mjs', appOf('two'));
    for (let n = 0; n < 20; n += 1) process.kill(own.pid() ?? 0, 'SIGHUP');
    await own.workers(
      'the last reload',
      (workers) => allRun(2)(workers) && workers.every(({ generation }) => generation >= 2),
    );
    await until('the end of reloading', async () => (await own.status()).phase === 'ready');
    expect((await traffic.stop()).lost).toEqual([]);
    expect((await answer(own))[0]).toBe('two');
    expect((await own.status()).generation).toBeLessThanOrEqual(4);
  });

  test('is beaten by a stop', async () => {
    const own = await supervised(appOf('one'), ['workers.startSeconds=10s']);
    const reload = own.run(['reload']);
    await until('the reload', async () => (await own.status()).phase === 'reloading');
    expect((await own.run(['stop'])).code).toBe(0);
    expect((await reload).code).toBe(1);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });
});
