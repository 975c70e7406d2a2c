import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Roster } from './index.js';
import * as supervisor from './index.js';
import { failureOf, stage } from './testing/index.js';

const ctx = context.background();

function shown(roster: Roster): string[] {
  return roster.status().map(({ name, state }) => `${name} ${state}`);
}

describe('all together', () => {
  test('start with the low priorities and stop with the high ones', async () => {
    const { worker, observe, events } = stage();
    const roster = supervisor.openRoster({ observe });
    roster.add({ worker: worker('last'), priority: 30 });
    roster.add({ worker: worker('first'), priority: 10 });
    roster.add({ worker: worker('broken', [{ exitsEarly: 78 }]), priority: 20 });
    roster.add({ worker: worker('by hand'), priority: 5, autostart: false });
    await roster.startAll(ctx);
    expect(shown(roster)).toEqual([
      'by hand STOPPED',
      'first RUNNING',
      'broken FATAL',
      'last RUNNING',
    ]);
    expect(await roster.stopAll(ctx)).toEqual({ killed: [] });
    const order = events
      .filter(({ type }) => /READY|GAVE_UP|_STOPPED/.test(type))
      .map(({ name, type }) => `${name} ${type}`);
    expect(order).toEqual([
      'first WORKER_READY',
      'broken WORKER_GAVE_UP',
      'last WORKER_READY',
      'last WORKER_STOPPED',
      'first WORKER_STOPPED',
    ]);
  });

  test('stop in the middle of their start', async () => {
    const { worker, event } = stage();
    const roster = supervisor.openRoster();
    roster.add({ worker: worker('slow', [{ waits: true }]), priority: 1 });
    roster.add({ worker: worker('late'), priority: 2 });
    const failure = failureOf(roster.startAll(ctx));
    await event('WORKER_STARTED', 'slow');
    await roster.stopAll(ctx);
    expect(await failure).toMatchObject({ code: 'CANCELED' });
    expect(shown(roster)).toEqual(['slow STOPPED', 'late STOPPED']);
  });

  test('are killed when the time to stop is over, and named', async () => {
    const { worker } = stage();
    const roster = supervisor.openRoster();
    roster.add({ worker: worker('deaf', [{ ignoresTerm: true }], { stopMs: 600_000 }) });
    roster.add({ worker: worker('polite') });
    await roster.startAll(ctx);
    using patience = context.withTimeout(ctx, 300);
    expect(await roster.stopAll(patience)).toEqual({ killed: ['deaf'] });
  });

  test('can be killed at once', async () => {
    const { worker, actor } = stage();
    const roster = supervisor.openRoster();
    roster.add({ worker: worker('one', [{ ignoresTerm: true }]) });
    await roster.startAll(ctx);
    roster.killAll();
    expect((await actor('one').exited).signal).toBe('SIGKILL');
    await until('its state', () => shown(roster).includes('one STOPPED'));
  });
});

describe('one by its name', () => {
  test('starts, restarts, is sent signals and stops', async () => {
    const { worker, actor } = stage();
    const roster = supervisor.openRoster();
    roster.add({ worker: worker('mailer'), autostart: false });
    expect(roster.signal('mailer', 'SIGCONT')).toBe(false);
    await roster.start('mailer');
    const { pid } = actor('mailer');
    expect(roster.signal('mailer', 'SIGCONT', { group: true })).toBe(true);
    await roster.start('mailer');
    expect(roster.status()[0]?.pid).toBe(pid);
    await roster.restart('mailer');
    expect(roster.status()[0]).toMatchObject({ state: 'RUNNING', restarts: 1 });
    expect(roster.status()[0]?.pid).not.toBe(pid);
    await roster.stop('mailer');
    expect(shown(roster)).toEqual(['mailer STOPPED']);
  });

  test('rejects with its own error', async () => {
    const { worker } = stage();
    const roster = supervisor.openRoster();
    roster.add({ worker: worker('mailer', [{ fails: 'no such host' }], { startRetries: 0 }) });
    await expect(roster.start('mailer')).rejects.toThrow('no such host');
  });

  test('is unique, and NOT_FOUND when there is none', async () => {
    const { worker } = stage();
    const roster = supervisor.openRoster();
    await expect(roster.stop('x')).rejects.toThrow('There is no worker "x": there is none.');
    roster.add({ worker: worker('mailer') });
    roster.add({ worker: worker('queue') });
    expect(() => roster.add({ worker: worker('mailer') })).toThrow(
      'There are two workers with the name "mailer".',
    );
    await expect(roster.stop('mialer')).rejects.toThrow(
      'There is no worker "mialer": did you mean "mailer"?',
    );
    await expect(roster.stop('zzz')).rejects.toThrow('there are "mailer", "queue".');
  });
});

describe('replace()', () => {
  test('stops what is gone, exchanges what has changed and leaves the rest alone', async () => {
    const { worker, actor } = stage();
    const roster = supervisor.openRoster();
    const entry = (name: string, definition: string): supervisor.Entry => ({
      worker: worker(name),
      definition,
    });
    for (const name of ['gone', 'kept', 'other']) roster.add(entry(name, 'v1'));
    await roster.startAll(ctx);
    const kept = actor('kept').pid;
    const other = actor('other').pid;
    const next = [entry('kept', 'v1'), entry('other', 'v2'), entry('young', 'v1')];
    expect(await roster.replace(next)).toEqual({
      added: ['young'],
      changed: ['other'],
      removed: ['gone'],
    });
    expect(shown(roster)).toEqual(['kept RUNNING', 'other RUNNING', 'young RUNNING']);
    expect(actor('kept').pid).toBe(kept);
    expect(actor('other').pid).not.toBe(other);
    expect((await actor('gone').exited).code).toBe(0);
    await roster.stopAll(ctx);
  });

  test('refuses two of one name, and changes nothing then', async () => {
    const { worker } = stage();
    const roster = supervisor.openRoster();
    const twice = [{ worker: worker('it') }, { worker: worker('it') }];
    await expect(roster.replace(twice)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(roster.status()).toEqual([]);
  });
});
