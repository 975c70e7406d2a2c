import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { LifecycleEvent, Phase } from './index.js';
import * as lifecycle from './index.js';

const ORDER: readonly Phase[] = ['starting', 'ready', 'draining', 'stopping', 'stopped'];
const ACTIONS = [
  'ready',
  'reload',
  'shutdown',
  'interrupt',
  'force',
  'fail',
  'hook',
  'badHook',
  'drain',
  'handler',
  'turn',
] as const;

type Action = (typeof ACTIONS)[number];

/** One life, and how often each of its hooks and drains ran. */
class Subject {
  readonly events: LifecycleEvent[] = [];
  readonly runs: number[] = [];
  readonly results: Promise<unknown>[] = [];
  readonly life: lifecycle.Lifecycle = lifecycle.create({
    duplicateMs: 0,
    graceMs: 50,
    hookMs: 5,
    observe: (event) => this.events.push(event),
  });

  async do(action: Action): Promise<void> {
    const { life } = this;
    if (action === 'ready') life.ready();
    if (action === 'reload') this.results.push(life.reload());
    if (action === 'shutdown') this.results.push(life.shutdown());
    if (action === 'interrupt') life.interrupt('SIGTERM');
    if (action === 'force') life.force({ kind: 'completed' });
    if (action === 'fail') life.fail(new Error('escaped'));
    if (action === 'turn') await new Promise((resolve) => setImmediate(resolve));
    try {
      this.#register(action);
    } catch (error) {
      if (!(error instanceof lifecycle.StopError)) throw error;
    }
  }

  #register(action: Action): void {
    const { life } = this;
    const at = this.runs.length;
    const count = (): void => {
      this.runs[at] = (this.runs[at] ?? 0) + 1;
    };
    if (action === 'hook') life.registerShutdownHook('hook', count);
    if (action === 'badHook') {
      life.registerShutdownHook('bad hook', () => {
        count();
        throw new Error('bad');
      });
    }
    if (action === 'drain') life.registerDrain('drain', count);
    if (action === 'handler')
      life.onReload('handler', () => new Promise((end) => setImmediate(end)));
    if (['hook', 'badHook', 'drain'].includes(action)) this.runs.push(0);
  }
}

test('whatever happens in whatever order, a life ends once and its phases never go back', async () => {
  const sequence = fc.array(fc.constantFrom(...ACTIONS), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sequence, async (actions) => {
      const subject = new Subject();
      for (const action of actions) await subject.do(action);
      const report = await subject.life.shutdown();
      await Promise.allSettled(subject.results);

      const phases = subject.events.flatMap((event) =>
        event.type === 'PHASE_CHANGED' ? [event.to] : [],
      );
      const places = phases.map((phase) => ORDER.indexOf(phase === 'reloading' ? 'ready' : phase));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(phases.filter((phase) => phase === 'stopped')).toHaveLength(1);
      const ends = subject.events.filter(({ type }) => ['STOPPED', 'STOP_FORCED'].includes(type));
      expect(ends).toEqual([expect.objectContaining({ report })]);
      const most = report.forcedBy === undefined ? [1] : [0, 1];
      for (const count of subject.runs) expect(most).toContain(count);
      expect(await subject.life.shutdown()).toBe(report);
    }),
    { numRuns: 500 },
  );
});
