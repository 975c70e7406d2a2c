import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as control from './index.js';
import { SERVICE, code, moment, open, raw } from './testing/index.js';

describe('handing over', () => {
  it("puts the successor's socket in place, and it outlives the predecessor", async () => {
    const file = path.join(tempDir(), 'control.sock');
    const old = spawnNode(SERVICE, [file]);
    await old.line(/open/);
    const successor = spawnNode(SERVICE, [file]);
    await successor.line(/open/);
    old.child.kill('SIGTERM');
    await old.exit;
    expect(await control.call(file, 'GET /pid')).toEqual({ pid: successor.pid });
  });

  it("leaves the successor's socket alone when the predecessor closes", async () => {
    const old = await open({ 'GET /who': () => 'old' });
    const successor = await open({ 'GET /who': () => 'new' }, { path: old.path });
    await old.control.close();
    expect(await control.call(old.path, 'GET /who')).toBe('new');
    await successor.control.close();
    expect(fs.readdirSync(path.dirname(old.path))).toEqual([]);
  });

  it('refuses no question while sockets replace one another', async () => {
    const first = await open({ 'GET /x': () => 1 });
    const failures: unknown[] = [];
    const running = { is: true };
    const ask = async (): Promise<void> => {
      while (running.is)
        await control.call(first.path, 'GET /x').catch((error: unknown) => failures.push(error));
    };
    const asking = [ask(), ask(), ask(), ask()];
    let last = first.control;
    for (let round = 0; round < 20; round += 1) {
      const next = await open({ 'GET /x': () => round }, { path: first.path });
      await last.close();
      last = next.control;
    }
    running.is = false;
    await Promise.all(asking);
    expect(failures).toEqual([]);
  });
});

describe('close', () => {
  it('lets the answer to the question that ends the process out', async () => {
    const file = path.join(tempDir(), 'control.sock');
    const service = spawnNode(SERVICE, [file]);
    await service.line(/open/);
    expect(await control.call(file, 'POST /stop')).toMatchObject({ stopping: true });
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });

  it('tells routes under way, and waits for their answers', async () => {
    const asked = moment();
    const { path: file, control: opened } = await open({
      'GET /slow': async ({ signal }) => {
        asked.happen();
        await once(signal, 'abort');
        return 'last word';
      },
    });
    const answer = control.call(file, 'GET /slow');
    await asked.come;
    await opened.close();
    expect(await answer).toBe('last word');
    expect(await code(control.call(file, 'GET /slow'))).toBe('NOT_RUNNING');
  });

  it('answers who had connected before it began', async () => {
    const { path: file, control: opened } = await open({ 'GET /x': () => 'answered' });
    const questions = Array.from({ length: 20 }, () => control.call(file, 'GET /x'));
    await opened.close();
    expect(await Promise.all(questions)).toEqual(questions.map(() => 'answered'));
  });

  it('cuts off a route that never answers, and clients that have not asked', async () => {
    const asked = moment();
    const routes: control.Routes = {
      'GET /never': () => {
        asked.happen();
        return new Promise<never>(() => undefined);
      },
    };
    const { path: file, control: opened } = await open(routes, { drainMs: 50 });
    const answer = code(control.call(file, 'GET /never'));
    const idler = raw(file, 'GET /never');
    await asked.come;
    await Promise.all([opened.close(), opened.close()]);
    expect(await answer).toBe('UNHEALTHY');
    expect(await idler).toBe('');
  });
});
