import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import * as control from './index.js';
import { NOBODY, SERVICE, code, isRoot, open, raw, squat } from './testing/index.js';

describe('open', () => {
  it('makes the folder 0700 and the socket 0600, and leaves only the socket in it', async () => {
    const { path: file, hooks } = await open({});
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['control.sock']);
    expect(hooks).toEqual(['control']);
  });

  it('answers curl', async () => {
    const { path: file } = await open({ 'POST /echo': ({ body }) => body });
    const words = ['-s', '-i', '--unix-socket', file, '-d', '{"a":1}', 'http://localhost/echo'];
    const { stdout } = await promisify(execFile)('curl', words);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(stdout).toMatch(/\{"a":1\}\n$/);
  });

  it('passes path, query and body to the route', async () => {
    const { path: file } = await open({
      'POST /scale': ({ path, query, body }) => ({ path, n: query.get('n'), body }),
    });
    const answer = await control.call(file, 'POST /scale?n=3', { body: { now: true } });
    expect(answer).toEqual({ path: '/scale', n: '3', body: { now: true } });
  });

  it('answers an unknown route with the known ones', async () => {
    const { path: file } = await open({ 'GET /status': () => 1, 'POST /stop': () => 1 });
    await expect(control.call(file, 'GET /toString')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      detail: 'There is no route "GET /toString". Known routes: GET /status, POST /stop.',
    });
    expect(await raw(file, 'GET // HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("answers with the error's code and status, and tells onError only of faults", async () => {
    const seen: string[] = [];
    const onError = (error: unknown, route: string): void =>
      void seen.push(`${route}: ${errors.describe(error)}`);
    const routes: control.Routes = {
      'GET /refused': () => {
        throw new errors.RodentError('Not now.', { code: 'ALREADY_RUNNING' });
      },
      'GET /fault': () => Promise.reject(new TypeError('oops')),
    };
    const { path: file } = await open(routes, { onError });
    expect(await raw(file, 'GET /refused HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 409 [^]*\{"error":\{"code":"ALREADY_RUNNING","detail":"Not now\."\}\}\n$/,
    );
    await expect(control.call(file, 'GET /fault')).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(seen).toEqual(['GET /fault: oops']);
  });

  it('refuses a body that is not JSON and one that is too large', async () => {
    const { path: file } = await open({ 'POST /x': ({ body }) => body });
    const head = 'POST /x HTTP/1.1\r\nhost: x\r\n';
    expect(await raw(file, `${head}content-length: 1\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 400 /);
    const big = control.call(file, 'POST /x', { body: 'x'.repeat(1_000_000) });
    expect(await code(big)).toBe('BODY_TOO_LARGE');
  });

  it('cuts clients off that stall in the middle of a request', async () => {
    const { path: file } = await open({ 'POST /x': ({ body }) => body });
    const heard = await Promise.all([
      raw(file, ''),
      raw(file, 'GET /x HTTP/1.1\r\nhost:'),
      raw(file, 'POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'),
    ]);
    for (const answer of heard) expect(answer).toMatch(/^(HTTP\/1\.1 408 [^]*)?$/);
  });

  it('serves one client while another stalls', async () => {
    const { path: file } = await open({ 'GET /status': () => 'fine' });
    const staller = net.connect(file).on('error', () => undefined);
    await once(staller, 'connect');
    expect(await control.call(file, 'GET /status')).toBe('fine');
    staller.destroy();
  });
});

describe('the place of the socket', () => {
  it('is refused in a folder that others can write in, in a link, and when too long', async () => {
    const folder = tempDir();
    fs.chmodSync(folder, 0o770);
    expect(await code(open({}, { path: path.join(folder, 's') }))).toBe('FILE');
    fs.chmodSync(folder, 0o700);
    fs.symlinkSync(folder, path.join(folder, 'link'));
    expect(await code(open({}, { path: path.join(folder, 'link', 's') }))).toBe('FILE');
    expect(await code(open({}, { path: path.join(folder, 'x'.repeat(100)) }))).toBe('FILE');
    expect(fs.readdirSync(folder)).toEqual(['link']);
  });

  it.runIf(isRoot)('is refused in a folder of another user', async () => {
    const folder = tempDir();
    fs.chownSync(folder, NOBODY, NOBODY);
    const refusal = open({}, { path: path.join(folder, 's') });
    await expect(refusal).rejects.toThrow(`belongs to user ${NOBODY}`);
  });

  it('is refused when something that is no socket stands there', async () => {
    const file = path.join(tempDir(), 'control.sock');
    fs.writeFileSync(file, 'precious');
    expect(await code(open({}, { path: file }))).toBe('FILE');
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
  });

  it('is taken over from a process that was killed', async () => {
    const file = path.join(tempDir(), 'control.sock');
    const killed = spawnNode(SERVICE, [file]);
    await killed.line(/open/);
    killed.child.kill('SIGKILL');
    await killed.exit;
    expect(await code(control.call(file, 'GET /pid'))).toBe('NOT_RUNNING');
    await open({ 'GET /pid': () => 'mine' }, { path: file });
    expect(await control.call(file, 'GET /pid')).toBe('mine');
  });

  it.runIf(isRoot)('is left to a living process of another user, not to a dead one', async () => {
    const file = path.join(tempDir(), 'control.sock');
    const squatter = await squat(file, (_, response) => response.end());
    fs.chownSync(file, NOBODY, NOBODY);
    expect(await code(open({}, { path: file }))).toBe('ALREADY_RUNNING');
    fs.renameSync(file, `${file}.kept`);
    squatter.close();
    await once(squatter, 'close');
    fs.renameSync(`${file}.kept`, file);
    await open({ 'GET /x': () => 'mine' }, { path: file });
    expect(await control.call(file, 'GET /x')).toBe('mine');
  });
});
