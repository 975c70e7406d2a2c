import { stripVTControlCharacters, styleText } from 'node:util';

import { describe, expect, test } from 'vitest';

import { program, service, vitals, worker } from '../internal/instance/testing/index.js';
import * as tree from './tree.js';

const NOW = Date.parse('2026-01-02T05:07:05.000Z');
const plain: tree.Drawing = { paint: (_, text) => text, columns: undefined, nowMs: NOW };
const painted: tree.Drawing = {
  ...plain,
  paint: (colour, text) => styleText(colour, text, { validateStream: false }),
};

/** Four minutes before NOW. */
const AT = '2026-01-02T05:03:05.000Z';

const WORKERS = [
  program({
    state: 'BACKOFF',
    pid: 4140,
    nextStartAt: '2026-01-02T05:07:08.000Z',
    lastEnd: { at: AT, reason: 'exit status 1' },
  }),
  worker({ name: 'http-3', pid: 4190, isSpare: true }),
  worker({
    name: 'http-2',
    pid: 41_888,
    uptimeMs: 240_000,
    restarts: 2,
    lastEnd: { at: AT, reason: 'SIGKILL (perhaps out of memory)' },
    vitals: vitals({ requests: 7, active: 0, memoryBytes: 104 * 1024 * 1024 }),
  }),
  worker(),
];

const SERVICE = service({ wanted: 2, workers: WORKERS });

function columnOf(text: string, line: string | undefined): number {
  return line?.indexOf(text) ?? -1;
}

describe('tree()', () => {
  test('shows the supervisor, its http workers, spares and programs, aligned', () => {
    expect(tree.tree(SERVICE, plain)).toBe(
      [
        'supervisor         4127   ready        2h 3m   48 MiB',
        '├─ http-1          4130   RUNNING      2h 3m   71 MiB  12,301 requests  3 active  loop p99 1.2ms',
        '├─ http-2          41888  RUNNING      4m     104 MiB       7 requests  0 active  loop p99 1.2ms  restarted 2×, last: SIGKILL (perhaps out of memory) 4m ago',
        '├─ spare http-3    4190   standing by',
        '└─ program mailer  4140   BACKOFF      next try in 3s  exit status 1',
      ].join('\n'),
    );
  });

  test('is as wide when painted', () => {
    const text = tree.tree(SERVICE, painted);
    expect(text).toContain(styleText('green', 'RUNNING', { validateStream: false }));
    expect(stripVTControlCharacters(text).replaceAll(/ +$/gm, '')).toBe(tree.tree(SERVICE, plain));
  });

  test.each([120, 100, 80, 60, 40])(
    'fits into %d columns, and keeps name, pid and state',
    (columns) => {
      const lines = tree.tree(SERVICE, { ...plain, columns }).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines[1]).toMatch(/^├─ http-1 +4130 +RUNNING/);
      expect(lines[4]).toMatch(/^└─ program mailer +4140 +BACKOFF/);
    },
  );

  test('leaves out the lateness of the loop first and the uptime last, and cuts the reasons', () => {
    const wide = tree.tree(SERVICE, { ...plain, columns: 135 });
    expect(wide).toContain('loop p99');
    expect(wide).toMatch(/restarted 2×, last: .+…$/m);
    const narrow = tree.tree(SERVICE, { ...plain, columns: 80 });
    expect(narrow).not.toContain('requests');
    expect(narrow).toContain('2h 3m');
    expect(narrow).toMatch(/restarted 2×, last: .+…$/m);
  });

  test('shows an old generation that leaves as draining, beside the new one', () => {
    const workers = [
      worker({ generation: 2, state: 'STOPPING', pid: 10 }),
      worker({ name: 'http-2', generation: 2, pid: 11 }),
      worker({ generation: 3, state: 'STARTING', pid: 12 }),
    ];
    const lines = tree.tree(service({ workers }), plain).split('\n');
    expect(lines[1]).toMatch(/http-1 +12 +STARTING/);
    expect(lines[2]).toMatch(/http-1 +10 +draining .*generation 2$/);
    expect(lines[3]).toMatch(/http-2 +11 +RUNNING .*generation 2$/);
  });

  test('names what is wrong with a worker that runs', () => {
    const workers = [
      worker({ isSuspended: true }),
      worker({ name: 'http-2', vitals: vitals({ unhealthy: 'GET /livez answered 500' }) }),
      worker({ name: 'http-3', vitals: vitals({ overdue: ['GET /report (130.2 s)'] }) }),
      worker({ name: 'http-10' }),
    ];
    const lines = tree.tree(service({ workers }), plain).split('\n');
    expect(lines[1]).toMatch(/ {2}suspended$/);
    expect(lines[2]).toMatch(/unhealthy: GET \/livez answered 500$/);
    expect(lines[3]).toMatch(/overdue: GET \/report \(130\.2 s\)$/);
    expect(lines[4]).toContain('http-10');
  });

  test('lets nothing that a program wrote move the cursor', () => {
    const reason = 'exit status 1: \u001B[2Jbad\r\nline';
    const workers = [program({ state: 'FATAL', lastEnd: { at: AT, reason } })];
    const text = tree.tree(service({ workers }), plain);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toMatch(/FATAL +exit status 1: bad line 4m ago$/);
  });

  test('shows a supervisor without workers alone', () => {
    expect(tree.tree(service(), plain)).toBe('supervisor  4127  ready  2h 3m  48 MiB');
  });
});

test('list() shows programs by name, without the words that a tree needs', () => {
  const running = program({ name: 'courier', state: 'RUNNING', pid: 77, uptimeMs: 60_000 });
  const text = tree.list([program(), running], plain);
  const [first, second] = text.split('\n');
  expect(first).toMatch(/^courier +77 +RUNNING +1m$/);
  expect(second).toMatch(/^mailer +STOPPED$/);
  expect(columnOf('RUNNING', first)).toBe(columnOf('STOPPED', second));
});
