/** Random trees of contexts against a model that is too simple to be wrong. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import * as context from './index.js';

/** The rules once more, as plainly as they can be said: nobody remembers anything but the tree. */
class Model {
  readonly parent: Model | undefined;
  readonly below: (Model | string)[] = [];
  readonly listeners: string[] = [];
  end: readonly [code: string, cause: unknown] | undefined;

  constructor(parent?: Model) {
    this.parent = parent;
    this.end = parent?.end;
    if (this.end === undefined) parent?.below.push(this);
  }

  /** Ends it; returns what is told: abort listeners, then the functions. */
  cancel(code: string, cause: unknown): readonly [aborts: string[], functions: string[]] {
    if (this.end !== undefined) return [[], []];
    this.end = [code, cause];
    const told = this.below.map((one) =>
      typeof one === 'string' ? ([[], [one]] as const) : one.cancel(code, cause),
    );
    return [
      [...this.listeners, ...told.flatMap(([aborts]) => aborts)],
      told.flatMap(([, functions]) => functions),
    ];
  }
}

interface Pair {
  readonly ctx: context.Context;
  readonly model: Model;
}

/** Runs operations on contexts and on the model, and compares both after each. */
class Trial {
  readonly pairs: Pair[] = [{ ctx: context.background(), model: new Model() }];
  readonly log: string[] = [];
  readonly expected: string[] = [];
  readonly stops: (() => void)[] = [];
  #count = 0;

  at(index: number): Pair {
    const pair = this.pairs[index % this.pairs.length];
    if (pair === undefined) throw new Error('no pair');
    return pair;
  }

  name(): string {
    this.#count += 1;
    return `#${this.#count}`;
  }

  expectTold([aborts, functions]: readonly [string[], string[]]): void {
    this.expected.push(...aborts, ...functions);
  }

  /** What has been told, and how every context ended. */
  actual(): unknown {
    return [this.log, this.pairs.map(({ ctx }) => [ctx.err?.code, context.cause(ctx)])];
  }

  /** What the model says to the same. */
  predicted(): unknown {
    return [this.expected, this.pairs.map(({ model }) => model.end ?? [undefined, undefined])];
  }
}

const OPERATIONS: Readonly<Record<string, (trial: Trial, index: number) => void>> = {
  withCancel(trial, index) {
    const { ctx, model } = trial.at(index);
    trial.pairs.push({ ctx: context.withCancel(ctx), model: new Model(model) });
  },
  withValue(trial, index) {
    const { ctx, model } = trial.at(index);
    trial.pairs.push({ ctx: context.withValue(ctx, context.createKey('k'), 1), model });
  },
  withoutCancel(trial, index) {
    trial.pairs.push({ ctx: context.withoutCancel(trial.at(index).ctx), model: new Model() });
  },
  withTimeout(trial, index) {
    const { ctx, model } = trial.at(index);
    const child = new Model(model);
    trial.pairs.push({ ctx: context.withTimeout(ctx, 0, 'late'), model: child });
    child.cancel('DEADLINE_EXCEEDED', 'late');
  },
  cancel(trial, index) {
    const { ctx, model } = trial.at(index);
    if (!('cancel' in ctx)) return;
    const cause = trial.name();
    (ctx as context.CancelContext).cancel(cause);
    trial.expectTold(model.cancel('CANCELED', cause));
  },
  listen(trial, index) {
    const { ctx, model } = trial.at(index);
    const name = trial.name();
    ctx.signal.addEventListener('abort', () => trial.log.push(name));
    model.listeners.push(name);
  },
  afterFunc(trial, index) {
    const { ctx, model } = trial.at(index);
    const name = trial.name();
    const stop = context.afterFunc(ctx, () => trial.log.push(name));
    if (model.end === undefined) model.below.push(name);
    else trial.expected.push(name);
    trial.stops.push(() => {
      const at = model.end === undefined ? model.below.indexOf(name) : -1;
      if (at >= 0) model.below.splice(at, 1);
      trial.log.push(`stop ${stop()}`);
      trial.expected.push(`stop ${at >= 0}`);
    });
  },
  stop(trial, index) {
    if (trial.stops.length > 0) trial.stops[index % trial.stops.length]?.();
  },
};

describe('any tree of contexts', () => {
  it('behaves as the naive model does, whatever is done to it', async () => {
    const operation = fc.tuple(fc.constantFrom(...Object.keys(OPERATIONS)), fc.nat(30));
    const property = fc.asyncProperty(
      fc.array(operation, { maxLength: 60, size: 'max' }),
      async (operations) => {
        const trial = new Trial();
        for (const [name, index] of operations) {
          OPERATIONS[name]?.(trial, index);
          await Promise.resolve();
          expect(trial.actual()).toEqual(trial.predicted());
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});
