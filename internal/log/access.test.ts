import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { toAccessLine } from './access.js';
import type { AccessRecord } from './access.js';
import { createRedactor } from './redact.js';
import { createStamp } from './stamp.js';

const SHAPE = {
  stamp: createStamp(),
  redactor: createRedactor(['customer_nr']),
  constants: ',"pid":9',
};

const REQUEST: AccessRecord = {
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

function parsed(change: Partial<AccessRecord> = {}): Record<string, unknown> {
  return JSON.parse(toAccessLine(SHAPE, { ...REQUEST, ...change }));
}

test('a request has every field of the model', () => {
  expect(parsed()).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: 'info',
    detail: 'Request',
    pid: 9,
    context_data: {
      request_id: 'r-1',
      method: 'GET',
      path: '/users/42',
      query: 'page=3',
      status: 200,
      duration_ms: 1.235,
      bytes_out: 512,
      ip: '127.0.0.1',
      user_agent: 'curl/8',
      forwarded_for: '',
    },
  });
});

test.each([
  [101, 'info'],
  [399, 'info'],
  [400, 'warn'],
  [499, 'warn'],
  [500, 'error'],
  [599, 'error'],
])('status %i is of level %s', (status, level) => {
  expect(parsed({ status })).toHaveProperty('level', level);
});

test('an answer that is not complete says why, and what is unknown is null', () => {
  expect(parsed({ aborted: 'drain', forwardedFor: undefined })).toMatchObject({
    context_data: { aborted: 'drain', forwarded_for: null },
  });
});

test('any text stays in one line of JSON that no terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, path) => {
      const userAgent = `\u009B31m"\n${text}`;
      const line = toAccessLine(SHAPE, { ...REQUEST, userAgent, path });
      expect(JSON.parse(line)).toMatchObject({ context_data: { user_agent: userAgent, path } });
      // oxlint-disable-next-line no-control-regex -- what must not be there
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    }),
  );
});

test.each([
  'token=abc&page=1',
  'page=1&ACCESS_TOKEN=abc',
  'user%5Bpassword%5D=abc',
  '%74oken=abc',
  'x-api-key=abc',
  'customer-nr=abc',
])('the query %s loses its secret', (query) => {
  const line = toAccessLine(SHAPE, { ...REQUEST, query });
  expect(line).not.toContain('abc');
  expect(line).toContain('=[redacted]');
});
