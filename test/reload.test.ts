/** Reloading in one process: in place where that is enough, by a successor otherwise. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { load, processesIn, project, spawnNode, until, PROGRAM } from './support/index.js';
import type { Project } from './support/index.js';

/** Answers with its version, its process id and what the configuration file of the app says. */
function appOf(version: string): string {
  return `export default { fetch: () => new Response('${version} ' + process.pid) };\n`;
}

async function versionOf({ url }: Project): Promise<string> {
  const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
  return text.split(' ')[0] ?? '';
}

/** Waits for `version` to answer: for a moment the old generation, which drains, may still accept. */
async function serves(own: Project, version: string): Promise<void> {
  await until(`answers of ${version}`, async () => (await versionOf(own)) === version);
}

async function detached(app: string): Promise<Project> {
  const own = await project(app);
  const { code, stderr } = await own.run(['serve', '-d']);
  expect(stderr).not.toContain('Cannot');
  expect(code).toBe(0);
  return own;
}

describe('a reload', () => {
  test('takes the code as it is now, in a process of its own, and the old one leaves', async () => {
    const own = await detached(appOf('one'));
    const before = own.pid();
    own.write('app.mjs', appOf('two'));
    const outcome = await own.run(['reload']);
    expect(outcome.code).toBe(0);
    expect(own.pid()).not.toBe(before);
    expect(outcome.stdout).toContain(`process ${own.pid()}`);
    await serves(own, 'two');
    await until('the old process to leave', () => !processesIn(own.dir).includes(before ?? 0));
    expect((await own.run(['stop'])).code).toBe(0);
    await until('everything to end', () => processesIn(own.dir).length === 0);
  });

  test('takes live keys in place when nothing else has changed', async () => {
    const own = await detached(appOf('one'));
    const before = own.pid();
    fs.appendFileSync(path.join(own.dir, 'rodent.conf'), 'http.bodyLimit=10B\n');
    // The configuration lies beside the code and is no code.
    const outcome = await own.run(['reload']);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('http.bodyLimit') });
    expect(own.pid()).toBe(before);
    const response = await fetch(own.url, { method: 'POST', body: 'more than ten bytes' });
    expect(response.status).toBe(413);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test.each([
    ['a broken build', 'app.mjs', 'throw new Error("no such table");\n', /no such table/],
    ['a broken configuration', 'rodent.conf', 'http.port=ninety\n', /rodent\.conf:1/],
  ])('with %s changes nothing and exits 1 with the reason', async (_what, name, content, says) => {
    const own = await detached(appOf('one'));
    const before = own.pid();
    own.write(name, content);
    const outcome = await own.run(['reload']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(says);
    expect(own.pid()).toBe(before);
    await expect(versionOf(own)).resolves.toBe('one');
    expect(processesIn(own.dir)).toEqual([before]);
    const status = await own.run(['status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      service: { phase: 'ready', lastReload: { result: expect.stringMatching(/^failed/) } },
    });
  });

  test('with a successor that dies just after its start changes nothing', async () => {
    const own = await detached(appOf('one'));
    const before = own.pid();
    own.write('app.mjs', `${appOf('two')}setTimeout(() => process.exit(7), 300);\n`);
    const outcome = await own.run(['reload']);
    expect(outcome.code).toBe(1);
    expect(own.pid()).toBe(before);
    await expect(versionOf(own)).resolves.toBe('one');
  });

  test('on HUP does the same as on the command', async () => {
    const own = await detached(appOf('one'));
    const before = own.pid() ?? 0;
    own.write('app.mjs', appOf('two'));
    process.kill(before, 'SIGHUP');
    // Both answer for a moment: the new one before it is announced, the old one while it drains.
    await until('the successor', () => own.pid() !== before);
    await serves(own, 'two');
  });

  test('refuses no connection and loses no request, fresh or reused, in three reloads', async () => {
    const own = await detached(appOf('one'));
    const traffic = await load(own.url, { clients: 8 });
    for (const version of ['two', 'three', 'four']) {
      own.write('app.mjs', appOf(version));
      expect((await own.run(['reload'])).code).toBe(0);
    }
    await until('answers of the last', () => traffic.sawText('four'));
    const result = await traffic.stop();
    expect(result.answered).toBeGreaterThan(0);
    expect(result.lost).toEqual([]);
  });

  test('asked for six times at once is one reload, and everybody hears of its success', async () => {
    const own = await detached(appOf('one'));
    own.write('app.mjs', appOf('two'));
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => own.run(['reload'])));
    expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 0));
    await serves(own, 'two');
    const status = JSON.parse((await own.run(['status', '--json'])).stdout) as {
      service: { generation: number };
    };
    expect(status.service.generation).toBeLessThan(6);
  });

  test('lets no third instance in while the lock passes over', async () => {
    const own = await detached(appOf('one'));
    const intruders: Promise<number | null>[] = [];
    const reload = own.run(['reload']);
    let isDone = false;
    void reload.then(() => {
      isDone = true;
    });
    while (!isDone) {
      const intruder = own.run(['serve', '--port', '0', '--control-socket', 'other/c.sock']);
      intruders.push(intruder.then(({ code }) => code));
      await intruder;
    }
    expect((await reload).code).toBe(0);
    expect(new Set(await Promise.all(intruders))).toEqual(new Set([1]));
  });

  test('comes by itself when a limit is reached, and loses no request', async () => {
    const own = await project(appOf('one'), { conf: ['workers=0', 'limits.maxRequests=300'] });
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    const before = own.pid();
    const traffic = await load(own.url, { clients: 2 });
    await until('the successor', () => own.pid() !== before);
    expect((await traffic.stop()).lost).toEqual([]);
    const log = fs.readFileSync(path.join(own.dir, '.rodent', 'log', 'error.log'), 'utf8');
    expect(log).toMatch(/Over a limit: answered [\d,]+ requests/);
  });

  test('restart makes a fresh process also when nothing has changed', async () => {
    const own = await detached(appOf('one'));
    const before = own.pid();
    expect((await own.run(['restart'])).code).toBe(0);
    expect(own.pid()).not.toBe(before);
  });
});

describe('in the foreground', () => {
  test('the first process stays, passes signals on and ends with the last generation', async () => {
    const own = await project(appOf('one'));
    const program = await own.serve();
    for (const version of ['two', 'three']) {
      own.write('app.mjs', appOf(version));
      expect((await own.run(['reload'])).code).toBe(0);
      await serves(own, version);
    }
    expect(own.pid()).not.toBe(program.pid);
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    await until('everything to end', () => processesIn(own.dir).length === 0);
    expect((await own.run(['status'])).code).toBe(3);
  });

  test('it ends with 1 when the last generation is killed', async () => {
    const own = await project(appOf('one'));
    const program = await own.serve();
    expect((await own.run(['restart'])).code).toBe(0);
    process.kill(own.pid() ?? 0, 'SIGKILL');
    await expect(program.exit).resolves.toEqual({ code: 1, signal: null });
  });

  test('--watch reloads when a source file changes, and survives a change that does not compile', async () => {
    const own = await project(appOf('one'));
    const program = await own.serve(['--watch']);
    own.write('app.mjs', 'export default {');
    await program.line(/SyntaxError/);
    await expect(versionOf(own)).resolves.toBe('one');
    own.write('app.mjs', appOf('two'));
    await until('the new version', async () => (await versionOf(own)) === 'two');
    program.child.kill('SIGTERM');
    await program.exit;
  });
});

describe('signals beside', () => {
  test('QUIT writes a report without secrets and the service goes on', async () => {
    const own = await project(appOf('one'));
    const start = await own.run(['serve', '-d'], { env: { SECRET_OF_TEST: 'hunter2' } });
    expect(start.code).toBe(0);
    const dir = path.join(own.dir, '.rodent', 'log');
    process.kill(own.pid() ?? 0, 'SIGQUIT');
    const name = await until('the report', () =>
      fs.readdirSync(dir).find((file) => file.startsWith('report-')),
    );
    const text = await until('its end', () => {
      const content = fs.readFileSync(path.join(dir, name), 'utf8');
      return content.endsWith('}\n') ? content : undefined;
    });
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({ service: { phase: 'ready' } });
    await expect(versionOf(own)).resolves.toBe('one');
  });

  test('USR1 opens no debugger port, neither in the service nor in a command', async () => {
    const own = await project(appOf('one'));
    const program = await own.serve();
    program.child.kill('SIGUSR1');
    await program.line(/Logs reopened/);
    expect(program.stderr()).not.toContain('Debugger');
    const command = spawnNode(PROGRAM, ['logs', '-f', '--log-dir', own.dir], { cwd: own.dir });
    await command.exit;
    expect(command.stderr()).not.toContain('Debugger');
  });
});
