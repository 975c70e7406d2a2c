import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import * as control from './index.js';
import { NOBODY, SERVICE, code, isRoot, moment, open, squat } from './testing/index.js';

async function* threeSteps({ query }: control.ControlRequest): AsyncGenerator {
  yield 'one';
  yield { n: 2 };
  yield undefined;
  return query.get('then');
}

async function* failingSteps(): AsyncGenerator {
  yield 'one';
  throw new errors.RodentError('Worker 2 did not start.', { code: 'RELOAD_FAILED' });
}

describe('an answer in lines', () => {
  it('brings progress to the caller and ends with the result', async () => {
    const { path: file } = await open({
      'POST /reload': threeSteps,
    });
    const seen: unknown[] = [];
    const onProgress = (value: unknown): void => void seen.push(value);
    expect(await control.call(file, 'POST /reload?then=done', { onProgress })).toBe('done');
    expect(seen).toEqual(['one', { n: 2 }, null]);
    expect(await control.call(file, 'POST /reload')).toBeNull();
  });

  it('reaches the caller while the route still works', async () => {
    const seen = moment();
    const { path: file } = await open({
      'POST /reload': async function* steps() {
        yield 'first';
        await seen.come;
        return 'done';
      },
    });
    expect(await control.call(file, 'POST /reload', { onProgress: seen.happen })).toBe('done');
  });

  it('ends with the error that the route throws', async () => {
    const { path: file } = await open({
      'POST /reload': failingSteps,
    });
    await expect(control.call(file, 'POST /reload')).rejects.toMatchObject({
      code: 'RELOAD_FAILED',
      detail: 'Worker 2 did not start.',
    });
  });

  it('stops when the client leaves', async () => {
    const left = moment();
    const { path: file } = await open({
      'POST /reload': async function* steps({ signal }) {
        try {
          yield 1;
          await once(signal, 'abort');
          yield 2;
        } finally {
          left.happen();
        }
      },
    });
    const limit = new AbortController();
    const options = { signal: limit.signal, onProgress: () => limit.abort() };
    expect(await code(control.call(file, 'POST /reload', options))).toBe('CANCELED');
    await left.come;
  });
});

describe('call', () => {
  it('says NOT_RUNNING when nothing stands at the path', async () => {
    expect(await code(control.call(path.join(tempDir(), 'none'), 'GET /x'))).toBe('NOT_RUNNING');
  });

  it('refuses a file and a link to a socket', async () => {
    const { path: file } = await open({});
    fs.symlinkSync(file, `${file}.link`);
    onTestFinished(() => fs.rmSync(`${file}.link`));
    expect(await code(control.call(`${file}.link`, 'GET /x'))).toBe('FORBIDDEN');
    expect(await code(control.call(SERVICE, 'GET /x'))).toBe('FORBIDDEN');
  });

  it.runIf(isRoot)(
    'refuses the socket of another user, unless told to trust that one',
    async () => {
      const { path: file } = await open({ 'GET /x': () => 1 });
      fs.chownSync(file, NOBODY, NOBODY);
      expect(await code(control.call(file, 'GET /x'))).toBe('FORBIDDEN');
      expect(await control.call(file, 'GET /x', { trustedUid: NOBODY })).toBe(1);
    },
  );

  it('gives up after timeoutMs and when its signal aborts', async () => {
    const { path: file } = await open({ 'GET /never': () => new Promise(() => undefined) });
    const late = control.call(file, 'GET /never', { timeoutMs: 20 });
    await expect(late).rejects.toThrow('The service did not answer "GET /never" within 0.02 s.');
    const signal = AbortSignal.abort();
    expect(await code(control.call(file, 'GET /never', { signal }))).toBe('CANCELED');
  });

  it('tells an answer that breaks off from one that is nonsense', async () => {
    const file = path.join(tempDir(), 'control.sock');
    const service = spawnNode(SERVICE, [file]);
    await service.line(/open/);
    const broken = control.call(file, 'POST /exit-in-the-middle');
    await expect(broken).rejects.toThrow('broke off its answer to "POST /exit-in-the-middle"');
    await squat(`${file}.2`, (_, response) => response.end('<html>'));
    const nonsense = control.call(`${file}.2`, 'GET /x');
    await expect(nonsense).rejects.toThrow('not its own format');
  });

  it("keeps the service's error, but not a code that it does not know", async () => {
    const file = path.join(tempDir(), 'control.sock');
    await squat(file, (_, response) => {
      response.writeHead(500).end('{"error":{"code":"FROM_THE_FUTURE","detail":"Later."}}');
    });
    await expect(control.call(file, 'GET /x')).rejects.toMatchObject({
      code: 'INTERNAL',
      detail: 'Later.',
    });
  });
});
