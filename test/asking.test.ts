/** What commands ask of a supervisor and show of its answers, on a stand-in for one. */

import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import type * as control from '../internal/control/index.js';
import { program, service, worker } from '../internal/instance/testing/index.js';
import {
  hasTerminal,
  onTerminal,
  refusing,
  stage,
  telling,
} from '../internal/instance/testing/stage.js';
import { project } from './support/index.js';

describe('rodent reload and restart', () => {
  const done = { how: 'workers', pid: 4127, changed: ['app'], workers: 4, generation: 3 };
  const routes: control.Routes = {
    'GET /status': () => service(),
    'POST /reload': telling(['http-1 of generation 3 is ready', 'http-2 …'], done),
  };

  test('show the steps on stderr and the outcome on stdout', async () => {
    const own = await stage(routes);
    await expect(own.run(['reload'])).resolves.toEqual({
      code: 0,
      stdout: 'Reloaded; 4 workers of generation 3 serve now. Changed: app.\n',
      stderr: 'http-1 of generation 3 is ready\nhttp-2 …\n',
    });
    const restart = await own.run(['restart']);
    expect(restart.stdout).toMatch(/^Restarted; 4 workers of generation 3 serve now\./);
  });

  test.each(['reload', 'restart'])('%s --json prints the outcome alone', async (command) => {
    const own = await stage(routes);
    const outcome = await own.run([command, '--json']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual(done);
  });
});

test.skipIf(!hasTerminal)('reload keeps one line up to date and leaves none of it', async () => {
  const done = { how: 'workers', pid: 4127, changed: [], workers: 2, generation: 2 };
  const texts = ['http-1 of generation 2 is ready', 'http-2 of generation 2 is ready'];
  const own = await stage({
    'GET /status': () => service(),
    'POST /reload': telling(texts, done),
  });
  const screen = onTerminal(own, 'reload');
  await expect(screen.exit).resolves.toBe(0);
  expect(screen.text()).toBe(
    [
      `\r\u001B[K${texts[0]}`,
      `\r\u001B[K${texts[1]}`,
      '\r\u001B[KReloaded; 2 workers of generation 2 serve now.\r\n',
    ].join(''),
  );
});

test('rodent health names the workers that do not run', async () => {
  const server = http.createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lastEnd = { at: '2026-01-02T03:04:05.000Z', reason: 'exit status 1' };
  const ill = program({ state: 'FATAL', lastEnd });
  const own = await stage({ 'GET /status': () => service({ url, workers: [worker(), ill] }) });
  await expect(own.run(['health'])).resolves.toEqual({
    code: 0,
    stdout: `healthy: ${url}/livez\nprogram mailer: FATAL (exit status 1)\n`,
    stderr: '',
  });
  const { stdout } = await own.run(['health', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, notRunning: [ill] });
});

describe('rodent scale', () => {
  test.each([
    [['4'], { workers: 4 }],
    [['+1'], { by: 1 }],
    [['-1'], { by: -1 }],
    [['-12'], { by: -12 }],
    [['--', '-1'], { by: -1 }],
  ])('%j asks for %j', async (words, expected) => {
    const bodies: unknown[] = [];
    const own = await stage({
      'POST /scale': ({ body }) => {
        bodies.push(body);
        return { workers: 4, before: 3 };
      },
    });
    const outcome = await own.run(['scale', ...words]);
    expect(outcome).toEqual({ code: 0, stdout: '4 workers serve now; before: 3.\n', stderr: '' });
    expect(bodies).toEqual([expected]);
  });

  test('shows the steps; --json prints the outcome alone', async () => {
    const answer = { workers: 1, before: 1 };
    const own = await stage({ 'POST /scale': telling(['http-2 drains'], answer) });
    await expect(own.run(['scale', '1'])).resolves.toMatchObject({
      stdout: '1 worker serves, as before.\n',
      stderr: 'http-2 drains\n',
    });
    const outcome = await own.run(['scale', '1', '--json']);
    expect(outcome.stderr).toBe('');
    expect(JSON.parse(outcome.stdout)).toEqual(answer);
  });

  test.each([
    [['0'], /at least one worker/],
    [['+0'], /no number of workers/],
    [['many'], /no number of workers/],
    [[], /how many/],
    [['1', '--', '2'], /how many/],
  ])('%j is refused with exit status 2', async (words, says) => {
    const own = await project();
    const outcome = await own.run(['scale', ...words]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(says);
  });

  test('says what the service says, and that none runs', async () => {
    const detail = 'This service has no supervisor; start it with --workers 2.';
    const own = await stage({ 'POST /scale': refusing('BAD_REQUEST', detail) });
    await expect(own.run(['scale', '-1'])).resolves.toEqual({
      code: 1,
      stdout: '',
      stderr: `rodent: ${detail}\n`,
    });
    await own.close();
    const outcome = await own.run(['scale', '2']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('not running');
  });
});

describe('rodent program', () => {
  const workers = [
    worker(),
    program({ state: 'RUNNING', pid: 77, uptimeMs: 60_000 }),
    program({ name: 'courier', state: 'FATAL' }),
  ];
  const routes = { 'GET /status': () => service({ workers }) };

  test('status shows the programs, all or those that are named; one in FATAL is a failure', async () => {
    const own = await stage(routes);
    const all = await own.run(['program', 'status']);
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/^courier +FATAL\nmailer +77 +RUNNING +1m\n$/);
    const one = await own.run(['program', 'status', 'mailer', '--json']);
    expect(one.code).toBe(0);
    expect(JSON.parse(one.stdout)).toEqual([workers[1]]);
    const none = await own.run(['program', 'status', 'mailr']);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/no program "mailr".*"mailer"/);
  });

  test.each([
    [['start', 'a'], { verb: 'start', names: ['a'] }],
    [['restart', 'a', 'b', 'c'], { verb: 'restart', names: ['a', 'b', 'c'] }],
    [['stop', '--all'], { verb: 'stop', names: [] }],
    [['update'], { verb: 'update', names: [] }],
    [['signal', 'HUP', 'a'], { verb: 'signal', names: ['a'], signal: 'SIGHUP' }],
    [['signal', 'sigusr1', '--all'], { verb: 'signal', names: [], signal: 'SIGUSR1' }],
  ])('%j asks for %j', async (words, expected) => {
    const bodies: unknown[] = [];
    const own = await stage({
      'POST /programs': ({ body }) => {
        bodies.push(body);
        return { results: [{ name: 'a', outcome: 'started' }] };
      },
    });
    const outcome = await own.run(['program', ...words]);
    expect(outcome).toEqual({ code: 0, stdout: 'a  started\n', stderr: '' });
    expect(bodies).toEqual([expected]);
  });

  test('tells what came of each, and fails when one failed', async () => {
    const results = [
      { name: 'a', outcome: 'started' },
      { name: 'courier', outcome: 'failed', error: 'It exits with 1.' },
    ];
    const own = await stage({ 'POST /programs': telling(['a starts'], { results }) });
    await expect(own.run(['program', 'start', '--all'])).resolves.toEqual({
      code: 1,
      stdout: 'a        started\ncourier  failed   It exits with 1.\n',
      stderr: 'a starts\n',
    });
    const outcome = await own.run(['program', 'start', '--all', '--json']);
    expect(outcome).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual({ results });
  });

  test('says which program is unknown', async () => {
    const detail = 'There is no program "x".';
    const own = await stage({ 'POST /programs': refusing('NOT_FOUND', detail) });
    const outcome = await own.run(['program', 'stop', 'x']);
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `rodent: ${detail}\n` });
  });

  test.each([
    [['frobnicate'], /no action "frobnicate".*Usage: rodent program/],
    [['restrat'], /Did you mean "restart"/],
    [['stop'], /--all/],
    [['signal', 'HUP'], /--all/],
    [['signal'], /which signal/],
    [['signal', 'HUPP', 'a'], /no signal "HUPP"/],
    [['stop', 'a', '--all'], /Either/],
    [[], /A word is missing/],
  ])('%j is refused with exit status 2', async (words, says) => {
    const own = await project();
    const outcome = await own.run(['program', ...words]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(says);
  });
});
