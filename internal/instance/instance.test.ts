import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import * as pidfile from '../pidfile/index.js';
import * as instance from './index.js';
import { program, service, standIn, worker } from './testing/index.js';

const LIMIT = { timeoutMs: 30_000 };

/** An answer that tells `steps` on its way. */
function* steps(texts: readonly string[]): Generator<instance.Progress, void> {
  for (const text of texts) yield { text };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (errors.isRodentError(error) ? error.code : String(error)),
  );
}

describe('status()', () => {
  test('tells of the workers', async () => {
    const workers = [worker(), program()];
    const said = service({ wanted: 1, workers });
    const { place } = await standIn(tempDir(), { 'GET /status': () => said });
    const found = await instance.status(place);
    expect(found).toEqual({ state: 'running', pid: 4127, service: said });
  });

  test('takes a service of a version without workers for one without a supervisor', async () => {
    const { isSupervised: _, wanted: __, workers: ___, ...old } = service();
    const { place } = await standIn(tempDir(), { 'GET /status': () => old });
    await expect(instance.status(place)).resolves.toMatchObject({
      service: { ...old, isSupervised: false, wanted: 0, workers: [] },
    });
  });
});

describe('reload()', () => {
  const done: instance.Reloaded = {
    how: 'workers',
    pid: 4127,
    changed: [],
    workers: 2,
    generation: 3,
  };
  const options = { mode: 'reload', ...LIMIT } as const;

  test('tells the steps and returns the outcome', async () => {
    const told: string[] = [];
    const texts = ['http-1 of generation 3 is ready', 'http-2 of generation 3 is ready'];
    const { place } = await standIn(tempDir(), {
      'GET /status': () => service(),
      'POST /reload': async function* reload() {
        yield* steps(texts);
        yield { percent: 50 };
        return done;
      },
    });
    const onProgress = (text: string): number => told.push(text);
    await expect(instance.reload(place, { ...options, onProgress })).resolves.toEqual(done);
    expect(told).toEqual(texts);
  });

  test('takes the answer of a service that tells no steps', async () => {
    const told: string[] = [];
    const { place } = await standIn(tempDir(), {
      'GET /status': () => service(),
      'POST /reload': () => ({ how: 'live', pid: 1, changed: ['log.level'] }),
    });
    const onProgress = (text: string): number => told.push(text);
    await expect(instance.reload(place, { ...options, onProgress })).resolves.toMatchObject({
      how: 'live',
    });
    expect(told).toEqual([]);
  });

  test('fails with the error that comes after the steps', async () => {
    const { place } = await standIn(tempDir(), {
      'GET /status': () => service(),
      'POST /reload': async function* reload() {
        yield* steps(['http-1 of generation 3 starts']);
        throw new errors.RodentError('The module throws.', { code: 'APP_INVALID' });
      },
    });
    await expect(codeOf(instance.reload(place, options))).resolves.toBe('APP_INVALID');
  });

  test('asks the next one when the service is replaced in the middle of its answer', async () => {
    let asked = 0;
    const { place } = await standIn(tempDir(), {
      'GET /status': () => service(),
      'POST /reload': async function* reload() {
        asked += 1;
        yield* steps(['the successor starts']);
        if (asked === 1) {
          throw new errors.RodentError('A successor has taken over.', { code: 'NOT_READY' });
        }
        return done;
      },
    });
    await expect(instance.reload(place, options)).resolves.toEqual(done);
    expect(asked).toBe(2);
  });
});

describe('scale()', () => {
  test('hands the request over as it is, and the answer back', async () => {
    const bodies: unknown[] = [];
    const { place } = await standIn(tempDir(), {
      'POST /scale': ({ body }) => {
        bodies.push(body);
        return { workers: 4, before: 3 };
      },
    });
    await expect(instance.scale(place, { by: 1 }, LIMIT)).resolves.toEqual({
      workers: 4,
      before: 3,
    });
    await instance.scale(place, { workers: 4 }, LIMIT);
    expect(bodies).toEqual([{ by: 1 }, { workers: 4 }]);
  });

  test('fails with the error of the service', async () => {
    const { place } = await standIn(tempDir(), {
      'POST /scale': () => {
        throw new errors.RodentError('This service has no supervisor.', { code: 'BAD_REQUEST' });
      },
    });
    await expect(instance.scale(place, { by: 1 }, LIMIT)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      detail: 'This service has no supervisor.',
    });
  });

  test('tells a service that does not run from an answer that is none', async () => {
    const { place, close } = await standIn(tempDir(), { 'POST /scale': () => ({}) });
    await expect(codeOf(instance.scale(place, { by: 1 }, LIMIT))).resolves.toBe('UNHEALTHY');
    await close();
    await expect(codeOf(instance.scale(place, { by: 1 }, LIMIT))).resolves.toBe('NOT_RUNNING');
    await expect(codeOf(instance.service(place))).resolves.toBe('NOT_RUNNING');
  });
});

test('programs() returns what came of each, and tells the steps', async () => {
  const told: string[] = [];
  const request = { verb: 'signal', names: ['a', 'b'], signal: 'SIGHUP' } as const;
  const results = [
    { name: 'a', outcome: 'signalled' },
    { name: 'b', outcome: 'failed', error: 'It does not run.' },
  ] as const;
  const { place } = await standIn(tempDir(), {
    'POST /programs': async function* programs({ body }) {
      yield* steps([JSON.stringify(body)]);
      return { results };
    },
  });
  const onProgress = (text: string): number => told.push(text);
  const answer = await instance.programs(place, request, { ...LIMIT, onProgress });
  expect(answer).toEqual(results);
  expect(told).toEqual([JSON.stringify(request)]);
});

test('stop() tells what the service waits for, once, and returns when the lock is free', async () => {
  const told: string[] = [];
  let asked = 0;
  const { place } = await standIn(tempDir(), {
    'GET /status': () => {
      asked += 1;
      if (asked > 3) claim.release();
      return service({ pending: ['http-2: GET /slow'] });
    },
    'POST /stop': () => ({ isStopping: true }),
  });
  const claim = await pidfile.claim(place.pidFile);
  const onProgress = (text: string): number => told.push(text);
  const stopped = instance.stop(place, { ...LIMIT, isForced: false, onProgress });
  await expect(stopped).resolves.toBe(4127);
  expect(told).toEqual(['Waiting for http-2: GET /slow']);
});
