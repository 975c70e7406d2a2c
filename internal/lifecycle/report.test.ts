import { describe, expect, test } from 'vitest';

import * as errors from '../errors/index.js';
import { describeCause, exitStatus, forcedExitStatus } from './cause.js';
import type { Cause, Report } from './index.js';
import * as lifecycle from './index.js';

const SIGTERM: Cause = { kind: 'signal', signal: 'SIGTERM' };
const CONFIG_ERROR = new errors.RodentError('The file "a.conf" is wrong.', {
  code: 'CONFIG_INVALID',
});

describe('a cause', () => {
  const causes: [Cause, string, number, number][] = [
    [SIGTERM, 'SIGTERM received', 0, 143],
    [{ kind: 'signal', signal: 'SIGXCPU' }, 'SIGXCPU received', 0, 152],
    [{ kind: 'request', by: 'rodent stop' }, 'requested by rodent stop', 0, 1],
    [{ kind: 'error', error: new Error('Bad.') }, 'Bad', 1, 1],
    [{ kind: 'error', error: CONFIG_ERROR }, 'The file "a.conf" is wrong', 2, 2],
    [{ kind: 'error', error: undefined }, 'undefined', 1, 1],
    [{ kind: 'parent-lost', pid: 12 }, 'parent process 12 is gone', 0, 1],
    [{ kind: 'deadline', limitMs: 90_000 }, 'the limit of 1m 30s has passed', 1, 1],
    [{ kind: 'replaced', by: 'generation 4' }, 'replaced by generation 4', 0, 1],
    [{ kind: 'completed' }, 'all work is done', 0, 1],
  ];

  test.each(causes)('%j reads "%s", status %i, forced %i', (cause, text, status, forced) => {
    expect(describeCause(cause)).toBe(text);
    expect(exitStatus(cause)).toBe(status);
    expect(forcedExitStatus(cause)).toBe(forced);
  });

  test('is found in an error, however deep it was wrapped', () => {
    const inner = new lifecycle.StopError(SIGTERM);
    const outer = new Error('outer', { cause: new Error('middle', { cause: inner }) });
    expect(lifecycle.causeOf(outer)).toBe(SIGTERM);
    expect(lifecycle.causeOf(new Error('other'))).toBeUndefined();
    expect(lifecycle.causeOf('text')).toBeUndefined();
    const circle = new Error('circle');
    circle.cause = circle;
    expect(lifecycle.causeOf(circle)).toBeUndefined();
  });
});

const EMPTY: Report = {
  cause: SIGTERM,
  forcedBy: undefined,
  exitCode: 0,
  ageMs: 240,
  failures: [],
  unstopped: { hooks: [], pending: [], resources: {} },
};
const FAILURE = {
  stage: 'hook',
  name: 'cache',
  place: '/srv/app.mjs:12',
  ageMs: 3,
  isTimeout: false,
  error: new Error('Disk full.'),
} as const;

describe('describeReport()', () => {
  test('a clean stop is one line', () => {
    expect(lifecycle.describeReport(EMPTY)).toBe(
      'Stopped after 240ms, exit status 0: SIGTERM received.',
    );
  });

  test('names everything that failed or was still alive', () => {
    const report: Report = {
      ...EMPTY,
      exitCode: 130,
      forcedBy: { kind: 'signal', signal: 'SIGINT' },
      failures: [FAILURE, { ...FAILURE, name: 'queue', ageMs: 5000, isTimeout: true }],
      unstopped: {
        hooks: [
          { stage: 'hook', name: 'db', place: '/srv/db.mjs:4', ageMs: 2100 },
          { stage: 'hook', name: 'pid file', place: '/srv/app.mjs:3', ageMs: undefined },
        ],
        pending: [{ name: 'requests', items: ['GET /a, 3s', 'GET /b, 1s'] }],
        resources: { TCPServerWrap: 1, Timeout: 2 },
      },
    };
    expect(lifecycle.describeReport(report).split('\n')).toEqual([
      'Ended at once after 240ms, exit status 130: SIGINT received (first: SIGTERM received).',
      '  hook "cache" (/srv/app.mjs:12) failed after 3ms: Disk full',
      '  hook "queue" (/srv/app.mjs:12) did not finish within 5s and was passed over',
      'Still alive:',
      '  hook "db" (/srv/db.mjs:4), running for 2s',
      '  hook "pid file" (/srv/app.mjs:3), had not begun',
      '  requests: GET /a, 3s, GET /b, 1s',
      '  handles: TCPServerWrap 1, Timeout 2',
    ]);
  });
});

describe('joinErrors()', () => {
  test('nothing for a clean stop, the error itself for one, all of them for more', () => {
    expect(lifecycle.joinErrors(EMPTY)).toBeUndefined();
    expect(lifecycle.joinErrors({ ...EMPTY, failures: [FAILURE] })).toBe(FAILURE.error);
    const cause: Cause = { kind: 'error', error: CONFIG_ERROR };
    expect(lifecycle.joinErrors({ ...EMPTY, cause })).toBe(CONFIG_ERROR);
    const joined = lifecycle.joinErrors({ ...EMPTY, cause, failures: [FAILURE] });
    expect(joined).toMatchObject({
      errors: [CONFIG_ERROR, FAILURE.error],
      message: 'The file "a.conf" is wrong. Disk full.',
    });
  });
});

describe('describeEvent()', () => {
  const events: [lifecycle.LifecycleEvent, string, boolean][] = [
    [
      { type: 'PHASE_CHANGED', from: 'starting', to: 'ready', cause: undefined },
      'The process is ready.',
      false,
    ],
    [
      { type: 'PHASE_CHANGED', from: 'ready', to: 'draining', cause: SIGTERM },
      'The process is draining: SIGTERM received.',
      false,
    ],
    [{ type: 'HOOK_FAILED', failure: FAILURE }, 'The hook "cache" (/srv/app.mjs:12) failed', true],
    [{ type: 'SIGNAL_RECEIVED', signal: 'SIGHUP' }, 'SIGHUP received.', false],
    [{ type: 'SIGNAL_IGNORED', signal: 'SIGINT', why: 'duplicate' }, 'SIGINT ignored: it', false],
    [
      { type: 'SIGNAL_HANDLER_FAILED', signal: 'SIGUSR2', error: new Error('No.') },
      'The handler of SIGUSR2 failed: No.',
      true,
    ],
    [{ type: 'RELOAD_STARTED', cause: SIGTERM }, 'Reloading: SIGTERM received.', false],
    [{ type: 'RELOAD_SUCCEEDED', cause: SIGTERM, handlers: 2 }, 'Reloaded.', false],
    [{ type: 'RELOAD_SUCCEEDED', cause: SIGTERM, handlers: 0 }, 'Reloaded: nothing is', false],
    [{ type: 'RELOAD_FAILED', cause: SIGTERM, error: CONFIG_ERROR }, 'The file "a.conf"', true],
    [{ type: 'START_FAILED', error: CONFIG_ERROR }, 'The file "a.conf" is wrong.', true],
    [{ type: 'ERROR_ESCAPED', error: CONFIG_ERROR }, 'Nobody caught this error: The file', true],
    [{ type: 'INSTANCE_LOST', path: '/run/a.pid' }, 'The lock file of "/run/a.pid" was', true],
    [{ type: 'STOP_FORCED', report: EMPTY }, 'Stopped after', true],
    [{ type: 'STOPPED', report: EMPTY }, 'Stopped after', false],
  ];

  test.each(events)('%j begins "%s"; is a failure: %s', (event, text, isFailure) => {
    expect(lifecycle.describeEvent(event)).toContain(text);
    expect(lifecycle.isFailure(event)).toBe(isFailure);
  });

  test('an error without a code is told with its stack: it is a bug that somebody must find', () => {
    const text = lifecycle.describeEvent({ type: 'START_FAILED', error: new TypeError('x is y') });
    expect(text).toMatch(/^TypeError: x is y\n\s+at .*report\.test\.ts/);
  });
});
