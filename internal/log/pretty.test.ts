import { expect, test } from 'vitest';

import { createFormat } from './pretty.js';

const format = createFormat({ color: false });
const TIME = '2026-11-21T08:15:30.123Z';

test('a record is one line with its values', () => {
  const record = {
    timestamp: TIME,
    level: 'info',
    detail: 'Listening',
    pid: 9,
    context_msg: 'boot',
    context_data: { host: '127.0.0.1', pid: 412, note: 'two words', list: [1, 2] },
  };
  expect(format(JSON.stringify(record))).toBe(
    `${TIME} INFO  Listening context=boot host=127.0.0.1 pid=412 note="two words" list=[1,2]`,
  );
});

test('an error stands below with its stack and its causes', () => {
  const record = {
    timestamp: TIME,
    level: 'error',
    detail: 'Start failed',
    error: { stack: 'Error: a\n    at b', cause: { detail: 'c' } },
  };
  expect(format(JSON.stringify(record)).split('\n')).toEqual([
    `${TIME} ERROR Start failed`,
    '    Error: a',
    '        at b',
    '    caused by:',
    '    c',
  ]);
});

test('a request reads like one', () => {
  const record = {
    timestamp: TIME,
    level: 'warn',
    detail: 'Request',
    context_data: {
      request_id: 'r-1',
      method: 'GET',
      path: '/x',
      query: 'a=1',
      status: 404,
      duration_ms: 1.5,
      bytes_out: 9,
    },
  };
  expect(format(JSON.stringify(record))).toBe(
    `${TIME} WARN  GET /x?a=1 404 1.5 ms 9 B request_id=r-1`,
  );
});

test('no line makes a terminal do anything', () => {
  const record = {
    timestamp: TIME,
    level: 'info',
    detail: '\u001B[2Jx',
    context_data: { '\u0007a': '\u009B' },
  };
  // oxlint-disable-next-line no-control-regex -- what must not be there
  const controls = /[\u0000-\u001F\u007F-\u009F]/;
  expect(format(JSON.stringify(record))).not.toMatch(controls);
  expect(format('plain \u001B[2J text')).toBe('plain [2J text');
});

test('what is no record passes', () => {
  for (const line of ['', 'text', '{"not": "a record"}', '{broken', '[]', 'null']) {
    expect(format(line)).toBe(line);
  }
});

test('colour is there when it is asked for', () => {
  const record = JSON.stringify({ timestamp: TIME, level: 'error', detail: 'x' });
  expect(createFormat({ color: true })(record)).toContain('\u001B[31mERROR\u001B[0m x');
});
