import { describe, expect, test } from 'vitest';

import { until } from '../../test/support/index.js';
import * as context from '../context/index.js';
import type { Roster } from './index.js';
import * as supervisor from './index.js';
import type { Behaviour, Stage } from './testing/index.js';
import { failureOf, stage } from './testing/index.js';

/** Longer than any test takes. */
const NEVER_MS = 600_000;

const ctx = context.background();

function shown(roster: Roster): string[] {
  return roster.status().map(({ name, state }) => `${name} ${state}`);
}

/** Makes entries of workers that behave so. */
function entries(
  { worker }: Stage,
  behaviour: Behaviour = {},
): (name: string, definition: string) => supervisor.Entry {
  const more = { stopMs: NEVER_MS };
  return (name, definition) => ({ worker: worker(name, [behaviour], more), definition });
}

/** How many processes run. */
function alive({ actors }: Stage): number {
  return actors.filter((actor) => actor.signal('SIGCONT')).length;
}

describe('replace()', () => {
  test('comes one after the other: no process is left that the roster does not know', async () => {
    const here = stage();
    const entry = entries(here);
    const roster = supervisor.openRoster();
    roster.add(entry('it', 'v1'));
    await roster.startAll(ctx);
    const both = await Promise.all([
      roster.replace([entry('it', 'v2'), entry('new', 'v1')]),
      roster.replace([entry('it', 'v3'), entry('new', 'v1')]),
    ]);
    expect(both).toEqual([
      { added: ['new'], changed: ['it'], removed: [] },
      { added: [], changed: ['it'], removed: [] },
    ]);
    expect([shown(roster), alive(here)]).toEqual([['it RUNNING', 'new RUNNING'], 2]);
    await roster.stopAll(ctx);
    expect(alive(here)).toBe(0);
  });

  test('waits for the end of a start of all', async () => {
    const here = stage();
    const { actor, event } = here;
    const first = { ...entries(here, { waits: true })('first', 'v1'), priority: 1 };
    const roster = supervisor.openRoster();
    roster.add(first);
    roster.add(entries(here)('second', 'v1'));
    const started = roster.startAll(ctx);
    await event('WORKER_STARTED', 'first');
    const replaced = roster.replace([first, entries(here)('second', 'v2')]);
    actor('first').tell('ready');
    await Promise.all([started, replaced]);
    expect([shown(roster), alive(here)]).toEqual([['first RUNNING', 'second RUNNING'], 2]);
    await roster.stopAll(ctx);
  });

  test('lets a start of what it exchanges wait, and start the new one', async () => {
    const here = stage();
    const { actor } = here;
    const roster = supervisor.openRoster();
    roster.add({ ...entries(here, { ignoresTerm: true })('it', 'v1'), autostart: false });
    roster.add(entries(here)('other', 'v1'));
    await roster.startAll(ctx);
    await roster.start('it');
    const old = actor('it');
    const next = { ...entries(here)('it', 'v2'), autostart: false };
    const replaced = roster.replace([next, entries(here)('other', 'v1')]);
    await until('its stop', () => shown(roster).includes('it STOPPING'));
    const started = roster.start('it');
    old.tell('exit', 0);
    await Promise.all([replaced, started]);
    expect([shown(roster), alive(here)]).toEqual([['it RUNNING', 'other RUNNING'], 2]);
    await roster.stopAll(ctx);
    expect(alive(here)).toBe(0);
  });

  test('starts nothing when a stop comes while it waits for an end', async () => {
    const here = stage();
    const roster = supervisor.openRoster();
    roster.add(entries(here, { ignoresTerm: true })('deaf', 'v1'));
    await roster.startAll(ctx);
    const entry = entries(here);
    const failure = failureOf(roster.replace([entry('deaf', 'v2'), entry('new', 'v1')]));
    const later = failureOf(roster.replace([entry('new', 'v2')]));
    await until('its stop', () => shown(roster).includes('deaf STOPPING'));
    using impatience = context.withCancel(ctx);
    const stopped = roster.stopAll(impatience);
    impatience.cancel();
    expect(await stopped).toEqual({ killed: ['deaf'] });
    expect(await failure).toMatchObject({ code: 'CANCELED' });
    expect(await later).toMatchObject({ code: 'CANCELED' });
    expect([shown(roster), here.actors.length]).toEqual([['deaf STOPPED'], 1]);
  });

  test('only exchanges before the first start of all', async () => {
    const here = stage();
    const entry = entries(here);
    const roster = supervisor.openRoster();
    roster.add(entry('it', 'v1'));
    await roster.replace([entry('it', 'v2'), entry('new', 'v1')]);
    expect([shown(roster), here.actors]).toEqual([['it STOPPED', 'new STOPPED'], []]);
    await roster.startAll(ctx);
    expect(shown(roster)).toEqual(['it RUNNING', 'new RUNNING']);
    await roster.stopAll(ctx);
  });
});

describe('a roster that was stopped', () => {
  test.each([
    ['by stopAll()', (roster: Roster) => roster.stopAll(ctx)],
    ['by killAll()', async (roster: Roster) => roster.killAll()],
  ])('%s starts nothing, until all are started again', async (_, end) => {
    const here = stage();
    const entry = entries(here);
    const roster = supervisor.openRoster();
    roster.add(entry('it', 'v1'));
    roster.add({ ...entry('by hand', 'v1'), autostart: false });
    await roster.startAll(ctx);
    expect(roster.running()).toEqual(['it']);
    await roster.start('by hand');
    expect(roster.running()).toEqual(['by hand', 'it']);
    const ending = end(roster);
    const refused = { code: 'CANCELED', message: expect.stringContaining('being stopped') };
    await expect(roster.start('it')).rejects.toMatchObject(refused);
    await expect(roster.restart('by hand')).rejects.toMatchObject(refused);
    await expect(roster.replace([entry('it', 'v2')])).rejects.toMatchObject(refused);
    await ending;
    await until('their end', () => alive(here) === 0);
    await until('their states', () => shown(roster).every((text) => text.endsWith('STOPPED')));
    expect([roster.running(), here.actors.length]).toEqual([[], 2]);
    await roster.startAll(ctx);
    expect(shown(roster)).toEqual(['by hand STOPPED', 'it RUNNING']);
    await roster.replace([entry('it', 'v2')]);
    expect(shown(roster)).toEqual(['it RUNNING']);
    await roster.stopAll(ctx);
  });

  test('is started again when its stop is over', async () => {
    const here = stage();
    const entry = entries(here);
    const roster = supervisor.openRoster();
    roster.add({ ...entry('first', 'v1'), priority: 1 });
    roster.add({ ...entry('second', 'v1'), priority: 2 });
    await roster.startAll(ctx);
    await Promise.all([roster.stopAll(ctx), roster.startAll(ctx)]);
    expect([shown(roster), here.actors.length]).toEqual([['first RUNNING', 'second RUNNING'], 4]);
    expect(alive(here)).toBe(2);
    await roster.stopAll(ctx);
  });
});
