import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as support from '../../test/support/index.js';

const SERVER = path.join(import.meta.dirname, '../../examples/lifecycle/server.mjs');

interface Service extends support.Program {
  get(where: string): Promise<Response>;
}

interface Place {
  readonly port: number;
  readonly pidFile: string;
  readonly greetingFile: string;
}

async function createPlace(): Promise<Place> {
  const folder = support.tempDir();
  const greetingFile = path.join(folder, 'greeting');
  fs.writeFileSync(greetingFile, 'hello');
  return { port: await support.freePort(), pidFile: path.join(folder, 'hello.pid'), greetingFile };
}

function start({ port, pidFile, greetingFile }: Place): Service {
  const program = support.spawnNode(SERVER, [String(port), pidFile, greetingFile]);
  return { ...program, get: (where) => fetch(`http://127.0.0.1:${port}${where}`) };
}

/** Starts the service and waits until it answers. */
async function serve(place: Place): Promise<Service> {
  const service = start(place);
  await support.until('an answer', () => service.get('/').then(okay, () => false));
  return service;
}

function nextTurn(): Promise<boolean> {
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}

async function okay(response: Response): Promise<boolean> {
  await response.text();
  return response.ok;
}

describe('the example of the lifecycle library', () => {
  test('finishes what it has begun on TERM, and leaves nothing behind', async () => {
    const place = await createPlace();
    const service = await serve(place);
    const response = await service.get('/slow');
    service.child.kill('SIGTERM');
    expect(await response.text()).toBe('one moment: hello');
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.stderr()).toBe('');
    expect(fs.existsSync(place.pidFile)).toBe(false);
  });

  test('takes over a new greeting on HUP, and keeps the old one when there is none', async () => {
    const place = await createPlace();
    const service = await serve(place);
    fs.writeFileSync(place.greetingFile, 'good day');
    service.child.kill('SIGHUP');
    const read = async (): Promise<string> => (await service.get('/')).text();
    await support.until('the new greeting', async () => (await read()) === 'good day');
    fs.rmSync(place.greetingFile);
    service.child.kill('SIGHUP');
    await service.line(/^greeter: The reload failed, the old state goes on: ENOENT/);
    expect(await read()).toBe('good day');
  });

  test('ends at once on a second signal, and says what it waited for', async () => {
    const place = await createPlace();
    const service = await serve(place);
    const stuck = await service.get('/stuck');
    const ended = service.exit.then(() => true);
    await support.until('the end', async () => {
      service.child.kill('SIGINT');
      return Promise.race([ended, nextTurn()]);
    });
    expect(await service.exit).toEqual({ code: 130, signal: null });
    expect(service.stderr()).toMatch(/drain "http" \(.*server\.mjs:\d+\), running for/);
    expect(service.stderr()).toContain('requests: /stuck');
    await expect(stuck.text()).rejects.toThrow('terminated');
  });

  test('runs once, names the one that runs, and starts again after kill -9', async () => {
    const place = await createPlace();
    const first = await serve(place);
    const second = start(place);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toContain(`process ${first.pid} holds it`);
    first.child.kill('SIGKILL');
    await first.exit;
    const third = await serve(place);
    expect(fs.readFileSync(place.pidFile, 'utf8')).toBe(`${third.pid}\n`);
  });
});
