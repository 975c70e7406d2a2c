import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as errors from '../errors/index.js';
import * as log from './index.js';

const REQUEST: log.AccessRecord = {
  requestId: 'r-1',
  method: 'GET',
  path: '/users/42',
  query: 'page=3',
  status: 200,
  durationMs: 1.23456,
  bytesOut: 512,
  ip: '127.0.0.1',
  userAgent: 'curl/8',
  forwardedFor: '',
};

interface Line {
  readonly timestamp: string;
  readonly level: string;
  readonly detail: string;
  readonly pid?: number;
  readonly context_msg?: string;
  readonly context_data?: Record<string, unknown>;
  readonly error?: Record<string, unknown>;
}

/** What `act` logs, by file. */
function logged(
  act: (service: log.Log) => void,
  options: log.OpenOptions = {},
): { server: Line[]; access: Line[] } {
  const dir = tempDir();
  const service = log.open({ dir, ...options });
  act(service);
  service.close();
  const read = (name: string): Line[] =>
    fs
      .readFileSync(path.join(dir, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { server: read('error.log'), access: read('access.log') };
}

describe('a record', () => {
  test('has the fields of the model, in UTC', () => {
    const before = Date.now();
    const [line] = logged((service) => {
      service.record('warn', 'Slow start', { contextMsg: 'boot', tookMs: 12 });
    }).server;
    expect(line).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      detail: 'Slow start',
      pid: process.pid,
      context_msg: 'boot',
      context_data: { tookMs: 12 },
    });
    expect(Date.parse(line?.timestamp ?? '')).toBeGreaterThanOrEqual(before);
  });

  test('through pino is the same record', () => {
    const cause = new Error('no route');
    const error = new errors.RodentError('Cannot connect.', {
      code: 'START_FAILED',
      contextMsg: 'dial',
      contextData: { password: 'p', host: 'h' },
      cause,
    });
    const [own, pinos] = logged((service) => {
      service.record('error', 'Start failed', { error, token: 't', attempt: 2 });
      service.server.error({ err: error, token: 't', attempt: 2 }, 'Start failed');
    }).server;
    expect({ ...pinos, timestamp: '' }).toEqual({ ...own, timestamp: '' });
    expect(own).toMatchObject({
      context_msg: 'dial',
      context_data: { password: '[redacted]', host: 'h', token: '[redacted]', attempt: 2 },
      error: {
        name: 'RodentError',
        code: 'START_FAILED',
        detail: 'Cannot connect.',
        stack: expect.stringContaining('record.test.ts'),
        cause: { name: 'Error', detail: 'no route' },
      },
    });
    expect(own?.error).not.toHaveProperty('context_data');
  });

  test('of a bare error takes its detail, whatever was thrown', () => {
    const { server } = logged((service) => {
      service.error(new errors.RodentError('Cannot bind "x".', { code: 'ADDRESS_IN_USE' }));
      service.error(new TypeError('no function'), { level: 'fatal', fields: { phase: 'boot' } });
      service.error('a string');
      service.server.warn(new Error('through pino'));
    });
    expect(server.map(({ level, detail }) => `${level} ${detail}`)).toEqual([
      'error Cannot bind "x".',
      'fatal no function',
      'error a string',
      'warn through pino',
    ]);
    expect(server[1]?.context_data).toEqual({ phase: 'boot' });
    expect(server[2]?.error).toEqual({ detail: 'a string' });
    expect(server[3]?.error).toMatchObject({ name: 'Error', detail: 'through pino' });
  });

  test('carries what stands in every record, also in children, with secrets taken out', () => {
    const [line] = logged(
      (service) => service.server.child({ component: 'cron', secret: 's' }).info('Tick'),
      { base: { pid: 1, worker: 'http-1' } },
    ).server;
    expect(line).toMatchObject({
      pid: 1,
      worker: 'http-1',
      component: 'cron',
      secret: '[redacted]',
    });
  });

  test('survives values that JSON cannot hold', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const values = {
      circle,
      big: 10n,
      nothing: undefined,
      notANumber: Number.NaN,
      when: new Date(0),
      bytes: Buffer.from('abc'),
      map: new Map([['password', 'p']]),
      set: new Set([1, 2]),
      call: describe,
      throws: {
        toJSON: (): never => {
          throw new Error('no JSON');
        },
      },
    };
    const [line] = logged((service) => service.record('info', 'Odd', { values })).server;
    expect(line?.context_data).toEqual({
      values: {
        circle: { name: 'circle', self: '[circular]' },
        big: '10',
        notANumber: 'NaN',
        when: '1970-01-01T00:00:00.000Z',
        bytes: '[3 bytes]',
        map: { password: '[redacted]' },
        set: [1, 2],
        call: expect.stringContaining('[function'),
        throws: '[unreadable: no JSON]',
      },
    });
  });

  test('is written also when its fields cannot be read', () => {
    const fields = {
      get host(): never {
        throw new Error('gone');
      },
    };
    const [line] = logged((service) => service.record('info', 'Odd', fields)).server;
    expect(line).toMatchObject({ detail: 'Odd', context_data: '[unreadable: gone]' });
  });

  test('is bounded, however large its values are', () => {
    const wide = Array.from({ length: 10_000 }, (_value, n) => ({ n }));
    const [line] = logged((service) => service.record('info', 'Wide', { a: wide, b: wide })).server;
    expect(JSON.stringify(line).length).toBeLessThan(20_000);
  });
});

describe('the level', () => {
  test('holds for records, requests, pino and its children, also when it changes', () => {
    const { server, access } = logged(
      (service) => {
        const child = service.server.child({ part: 'a' });
        child.info('no');
        service.record('info', 'no');
        service.access(REQUEST);
        service.setLevel('debug');
        child.debug('child');
        service.record('debug', 'own');
        service.access(REQUEST);
        service.setLevel('silent');
        service.record('fatal', 'no');
        child.fatal('no');
        expect(service.level).toBe('silent');
      },
      { level: 'warn' },
    );
    expect(server.map(({ detail }) => detail)).toEqual(['child', 'own']);
    expect(access).toHaveLength(1);
  });
});

test('early records are written with the time at which they were made', () => {
  const early = log.buffer();
  early.record('info', 'Read configuration', { file: 'rodent.conf' });
  early.record('debug', 'Not wanted');
  const made = new Date(early.entries[0]?.atMs ?? 0).toISOString();
  const { server } = logged((service) => service.replay(early.entries));
  expect(server).toHaveLength(1);
  expect(server[0]).toMatchObject({ timestamp: made, context_data: { file: 'rodent.conf' } });
});

test('stats() counts records by level and what became of each stream', () => {
  const dir = tempDir();
  const service = log.open({ dir });
  service.record('info', 'One');
  service.server.warn('Two');
  service.access(REQUEST);
  service.app('text\n');
  service.flush();
  const { since, records, streams } = service.stats();
  service.close();
  expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
  expect(records).toEqual({ trace: 0, debug: 0, info: 2, warn: 1, error: 0, fatal: 0 });
  expect(streams.app).toEqual({
    destination: path.join(dir, 'app.log'),
    bytes: 5,
    dropped: 0,
    rotations: 0,
  });
  expect(streams.access.bytes).toBe(fs.statSync(path.join(dir, 'access.log')).size);
});
