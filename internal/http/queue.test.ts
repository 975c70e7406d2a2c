import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Link } from './queue.js';
import { Queue } from './queue.js';

interface Item extends Link<Item> {
  readonly name: number;
}

function item(name: number): Item {
  return { name, previous: undefined, next: undefined, isQueued: false };
}

test('a queue behaves as a Set does, whatever joins and leaves', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 5 })));
  fc.assert(
    fc.property(steps, (list) => {
      const items = Array.from({ length: 6 }, (_, name) => item(name));
      const queue = new Queue<Item>();
      const model = new Set<Item>();
      for (const [joins, name] of list) {
        const one = items[name] ?? item(name);
        const left = joins ? undefined : [queue.delete(one), model.delete(one)];
        if (joins) queue.add(one);
        if (joins) model.add(one);
        expect(left?.[0]).toBe(left?.[1]);
        expect(Array.from(queue, ({ name }) => name)).toEqual(
          Array.from(model, ({ name }) => name),
        );
        expect(queue.size).toBe(model.size);
      }
    }),
  );
});

test('what leaves during a loop is not visited', () => {
  const queue = new Queue<Item>();
  const items = [item(0), item(1), item(2)];
  for (const one of items) queue.add(one);
  const seen: number[] = [];
  for (const one of queue) {
    seen.push(one.name);
    for (const other of items) queue.delete(other);
  }
  expect(seen).toEqual([0]);
});
