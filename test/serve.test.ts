/** `rodent serve` and the commands beside it, as their users run them. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as http from '../internal/http/index.js';
import { processesIn, project, until } from './support/index.js';
import type { Project } from './support/index.js';

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** Nothing of the service is left but its logs, its cache and the lock file, which is never unlinked. */
async function expectNothingLeft({ dir }: Project): Promise<void> {
  // `stop` waits for the lock; the process that let it go has some milliseconds to live.
  await until('everything to end', () => processesIn(dir).length === 0);
  const run = path.join(dir, '.rodent', 'run');
  expect(fs.existsSync(run) ? fs.readdirSync(run) : []).toEqual(
    fs.existsSync(run) ? ['rodent.pid.lock'] : [],
  );
}

describe('in the foreground', () => {
  test('serve answers, TERM ends it with 0, and nothing is left', async () => {
    const own = await project();
    const program = await own.serve();
    await expect(text(own.url)).resolves.toBe(`hello from ${program.pid}`);
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    await expectNothingLeft(own);
  });

  test('a second instance is refused and names the first', async () => {
    const own = await project();
    const program = await own.serve();
    const second = await own.run(['serve', '--port', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`process ${program.pid} holds it`);
    await expect(text(own.url)).resolves.toContain('hello');
  });

  test('after kill -9 the next start takes over at once', async () => {
    const own = await project();
    const first = await own.serve();
    first.child.kill('SIGKILL');
    await first.exit;
    expect((await own.run(['status'])).code).toBe(1);
    const second = await own.serve();
    await expect(text(own.url)).resolves.toBe(`hello from ${second.pid}`);
  });

  test('a second TERM ends it at once with 143 and says what it left', async () => {
    const own = await project(`export default { fetch: () => new Promise(() => {}) };\n`);
    const program = await own.serve();
    const request = fetch(`${own.url}/stuck`).catch(() => 'cut');
    await until('the request', async () =>
      (await own.run(['status', '--json'])).stdout.includes('GET /stuck'),
    );
    program.child.kill('SIGTERM');
    await program.line(/draining/);
    await new Promise((resolve) => {
      setTimeout(resolve, 600); // longer than the span in which two signals count as one
    });
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 143, signal: null });
    expect(program.stderr()).toContain('GET /stuck');
    await expect(request).resolves.toBe('cut');
  });

  test('the built-in page answers where no application is named', async () => {
    const own = await project();
    own.write('rodent.conf', `http.port=${own.port}\nworkers=0\n`);
    await own.serve();
    await expect(text(own.url)).resolves.toContain('has no application yet');
  });

  test('without an own loop to hold it, a service with --no-http lives until it is stopped', async () => {
    const own = await project();
    const program = await own.serve(['--no-http']);
    expect((await own.run(['stop'])).code).toBe(0);
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
  });

  test('--stop-after-init loads the application, listens nowhere and ends with 0', async () => {
    const own = await project('console.log("loaded"); export default () => new Response();\n');
    const outcome = await own.run(['serve', '--stop-after-init']);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('loaded') });
    await expectNothingLeft(own);
  });
});

describe('detached', () => {
  test('serve returns when the service is ready; status, health, logs and stop work on it', async () => {
    const own = await project();
    const started = await own.run(['serve', '--detached']);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining(own.url) });
    await expect(text(own.url)).resolves.toContain('hello');
    const status = await own.run(['status', '--json']);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'running',
      pid: own.pid(),
      service: { phase: 'ready', url: own.url, isDetached: true, generation: 1 },
    });
    expect((await own.run(['health'])).code).toBe(0);
    expect((await own.run(['logs'])).stdout).toContain('Serving');
    expect((await own.run(['logs', '--access'])).stdout).toContain('GET /');
    expect((await own.run(['stop'])).code).toBe(0);
    await expectNothingLeft(own);
  });

  test('a failing start exits with the error of the service and leaves nothing', async () => {
    const own = await project('throw new Error("no database in sight");\n');
    const outcome = await own.run(['serve', '-d']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/no database in sight \(.*app\.mjs:1:7\)/);
    await expectNothingLeft(own);
  });

  test('what the application prints is in app.log, also after the logs were rotated from outside', async () => {
    const own = await project(
      'export default { fetch: (r) => { console.log(new URL(r.url).pathname); return new Response(); } };\n',
    );
    await own.run(['serve', '-d']);
    const file = path.join(own.dir, '.rodent', 'log', 'app.log');
    await fetch(`${own.url}/before`);
    await until('the line', () => fs.readFileSync(file, 'utf8').includes('/before'));
    fs.renameSync(file, `${file}.old`);
    process.kill(own.pid() ?? 0, 'SIGUSR1');
    await until('the new file', () => fs.existsSync(file));
    await fetch(`${own.url}/after`);
    await until('the line', () => fs.readFileSync(file, 'utf8').includes('/after'));
    expect(fs.readFileSync(`${file}.old`, 'utf8')).not.toContain('/after');
    expect((await own.run(['stop'])).code).toBe(0);
  });
});

test('a handler finds a logger whose records carry the id of the request, and no secret', async () => {
  const own = await project(
    `export default { fetch: (request, env) => {
      env.log.info({ item: 7, password: 'hunter2' }, 'Item sold');
      return new Response(env.requestId);
    } };`,
  );
  const program = await own.serve();
  const id = await text(own.url);
  const [line] = await program.line(/.*Item sold.*/);
  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    detail: 'Item sold',
    context_data: { item: 7 },
  });
  expect(line).toContain(id);
  expect(line).not.toContain('hunter2');
});

describe('commands on a service that does not run', () => {
  test.each([
    ['stop', 1, 'Nothing to stop'],
    ['reload', 1, 'Nothing runs'],
    ['health', 1, 'not running'],
    ['status', 3, 'not running'],
  ])('%s exits with %d', async (command, code, said) => {
    const own = await project();
    const outcome = await own.run([command]);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout + outcome.stderr).toContain(said);
  });

  test('restart starts it, and it can be restarted like any other', async () => {
    const own = await project();
    expect(await own.run(['restart', '-p', String(own.port)])).toMatchObject({ code: 0 });
    await expect(text(own.url)).resolves.toContain('hello');
    const before = own.pid();
    expect(await own.run(['restart'])).toMatchObject({ code: 0 });
    expect(own.pid()).not.toBe(before);
    const other = await own.run(['restart', '-p', '1']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('--port');
    expect((await own.run(['stop'])).code).toBe(0);
  });
});

test('a socket that an init system opened is served instead of one of its own', async () => {
  const own = await project();
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
  await expect(text(listener.url)).resolves.toBe(`hello from ${program.pid}`);
  program.child.kill('SIGTERM');
  await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
});
