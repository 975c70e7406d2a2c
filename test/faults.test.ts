/** Bad input and faults: one clear sentence on stderr, the documented exit status, nothing left behind. */

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import {
  becomeNobody,
  canBecomeNobody,
  giveToNobody,
  processesIn,
  project,
  readableProgram,
} from './support/index.js';
import type { Outcome, Project, SpawnOptions } from './support/index.js';

interface Refusal {
  readonly args?: readonly string[];
  readonly options?: SpawnOptions;
  readonly code: number;
  readonly says: RegExp;
}

/** Runs a command that must fail: with that status, one sentence, and nothing left of it. */
async function expectRefusal(own: Project, refusal: Refusal): Promise<Outcome> {
  const { args = [], options = {}, code, says } = refusal;
  const outcome = await own.run(args.length === 0 ? ['serve'] : args, options);
  expect(outcome.stderr).toMatch(says);
  expect(outcome.code).toBe(code);
  expect(sentences(outcome.stderr)).toHaveLength(1);
  expect(processesIn(own.dir)).toEqual([]);
  expect(own.pid()).toBeUndefined();
  return outcome;
}

/** The lines on stderr that speak of an error; a warning about root is none. */
function sentences(stderr: string): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.includes('warning:'));
}

describe('on the command line', () => {
  test.each([
    [['serve', '--prot', '1'], 2, /"--prot".*"--port"/],
    [['serve', 'a.ts', 'b.ts'], 2, /Unknown word "b\.ts"\.$/m],
    [['config'], 2, /word is missing: rodent config <action> \[key\]\./],
    [['serve', '-p'], 2, /"-p" needs a value/],
    [['stpo'], 2, /Unknown command "stpo".*"stop"/],
    [['app.mjs'], 2, /Try "rodent serve app\.mjs"/],
    [['serve', '--port'], 2, /port/],
    [['serve', '--port', 'ninety'], 2, /--port.*a port/],
    [['serve', '--port', '70000'], 2, /--port/],
    [['stop', '--timeout', 'soon'], 2, /--timeout/],
    [['config', 'get', 'http.prot'], 2, /"http\.prot".*"http\.port"/],
    [['config', 'frobnicate'], 2, /no action "frobnicate"/],
  ])('%j exits with %d', async (args, code, says) => {
    await expectRefusal(await project(), { args, code, says });
  });

  test('--help names every command, and the help of a command its flags', async () => {
    const own = await project();
    const help = await own.run(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of [
      'serve',
      'stop',
      'reload',
      'restart',
      'status',
      'scale',
      'program',
      'health',
      'logs',
      'config',
    ]) {
      expect(help.stdout).toContain(`rodent ${command}`);
    }
    expect((await own.run(['serve', '--help'])).stdout).toContain('--detach');
  });
});

describe('in the configuration', () => {
  test('every problem is named at once, with its file and line', async () => {
    const own = await project();
    own.write('rodent.conf', 'http.port=ninety\nhttp.hots=x\nlog.level=loud\n');
    const outcome = await own.run(['serve']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/rodent\.conf:1/);
    expect(outcome.stderr).toMatch(/rodent\.conf:2.*http\.hots.*http\.host/);
    expect(outcome.stderr).toMatch(/rodent\.conf:3/);
  });

  test.each([
    ['a file that does not exist', 'missing.conf', undefined, /missing\.conf/],
    ['a half-written file', 'half.conf', 'http.port=80\nhttp.ho', /half\.conf:2/],
    ['a binary file', 'binary.conf', '\u0000\u0001\u0002', /binary\.conf/],
  ])('%s is refused', async (_what, name, content, says) => {
    const own = await project();
    if (content !== undefined) own.write(name, content);
    await expectRefusal(own, { args: ['serve', '-c', name], code: 2, says });
  });

  test('the database user postgres is refused before anything starts', async () => {
    const options = { env: { PGUSER: 'postgres' } };
    await expectRefusal(await project(), { options, code: 1, says: /user "postgres"/ });
  });

  test('missing variables are named, all at once', async () => {
    const own = await project();
    own.write(
      'rodent.conf',
      'app=app.mjs\nenv.required=RODENT_A_MISSING,B_MISSING\n'.replace('RODENT_A', 'A'),
    );
    await expectRefusal(own, { code: 1, says: /"A_MISSING", "B_MISSING"/ });
  });

  test('a number of workers that is none is refused', async () => {
    await expectRefusal(await project(), {
      args: ['serve', '-w', 'two'],
      code: 2,
      says: /workers/,
    });
  });
});

describe('in the application', () => {
  test.each([
    ['throws', 'throw new Error("boom")', /boom \(.*app\.mjs:1:7\)/],
    ['does not parse', 'export default {', /Cannot load the application.*SyntaxError/],
    ['exports nothing usable', 'export const x = 1', /has no default export/],
    ['imports what is not there', 'import "no-such-package"', /no-such-package/],
  ])('one that %s', async (_what, app, says) => {
    await expectRefusal(await project(app), { code: 1, says });
  });

  test('one that does not exist, with the name of its neighbour', async () => {
    const own = await project();
    await expectRefusal(own, {
      args: ['serve', 'app.ts'],
      code: 1,
      says: /did you mean "app\.mjs"/,
    });
  });

  test('one that never gets ready, in the foreground and detached', async () => {
    const own = await project('await new Promise(() => setInterval(() => {}, 1000));\n');
    own.write('rodent.conf', `app=app.mjs\nhttp.port=${own.port}\nworkers=0\nstart.timeout=1s\n`);
    await expectRefusal(own, { code: 1, says: /is not ready/ });
    await expectRefusal(own, { args: ['serve', '-d'], code: 1, says: /is not ready/ });
  });

  test('a handler that throws is answered with 500 and an id, and the process lives', async () => {
    const own = await project(
      'export default { fetch: () => { throw new Error("secret detail"); } };\n',
    );
    const program = await own.serve();
    const response = await fetch(own.url);
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body).not.toContain('secret detail');
    expect(body).toContain(response.headers.get('x-request-id'));
    await program.line(/secret detail/);
    expect((await fetch(`${own.url}/health`)).status).toBe(200);
  });
});

describe('on the network', () => {
  test('a port that is taken', async () => {
    const own = await project();
    const server = net.createServer().listen(own.port, '127.0.0.1');
    onTestFinished(() => void server.close());
    await expectRefusal(own, { code: 1, says: /another process uses that port/ });
    await expectRefusal(own, { args: ['serve', '-d'], code: 1, says: /another process uses/ });
  });

  test('an interface that this machine has not', async () => {
    const args = ['serve', '--host', '203.0.113.7'];
    await expectRefusal(await project(), { args, code: 1, says: /no interface of this machine/ });
  });

  test.runIf(canBecomeNobody)('a privileged port as an ordinary user', async () => {
    const own = await project(undefined, { program: readableProgram() });
    const floor = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
    if (floor <= 80) return;
    giveToNobody(own.dir);
    const outcome = await asNobody(own, ['serve', '--port', '80']);
    expect(outcome.stderr).toMatch(/choose one above 1023/);
    expect(outcome.code).toBe(1);
  });
});

describe('on the disk', () => {
  test.runIf(canBecomeNobody)('a home that cannot be written', async () => {
    const own = await project(undefined, { program: readableProgram() });
    fs.chmodSync(own.dir, 0o555);
    const outcome = await asNobody(own, ['serve']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/\.rodent/);
    expect(sentences(outcome.stderr)).toHaveLength(1);
  });

  test('a PID file with garbage in it', async () => {
    const own = await project();
    const file = own.write('.rodent/run/rodent.pid', 'this is no number\n');
    fs.chmodSync(path.dirname(file), 0o700);
    const outcome = await own.run(['serve']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/does not hold a PID/);
    expect(fs.readFileSync(file, 'utf8')).toBe('this is no number\n');
  });

  test('a control socket in a folder that others can write', async () => {
    const own = await project();
    fs.mkdirSync(path.join(own.dir, 'open'));
    fs.chmodSync(path.join(own.dir, 'open'), 0o777);
    const args = ['serve', '--control-socket', 'open/c.sock'];
    await expectRefusal(own, { args, code: 1, says: /others than its owner can write/ });
  });

  test('a TLS key that others can read', async () => {
    const own = await project();
    own.write('key.pem', 'x');
    own.write('cert.pem', 'x');
    const args = ['serve', '--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];
    await expectRefusal(own, { args, code: 2, says: /chmod 600/ });
  });
});

/** Runs a command as the user nobody. */
function asNobody(own: Project, args: readonly string[]): Promise<Outcome> {
  return own.run(args, { execArgv: ['--import', becomeNobody()], env: { HOME: own.dir } });
}
