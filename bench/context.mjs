/**
 * What deriving and cancelling a context costs, against what Node offers for the same purpose.
 *
 * Every figure is the median of rounds in which all contestants run in turn, in changing order, so
 * that a busy machine slows all of them alike. A round has a parent of its own. All pass the same
 * reason: without one `abort()` spends most of its time on the stack trace of a DOMException. Alone:
 * `npm run build && node bench/context.mjs` prints one JSON line per figure.
 */

import { fileURLToPath } from 'node:url';

import * as context from '../dist/bundle/context.js';

const ROUNDS = 15;
const OPERATIONS = 5_000;
const LIVE = 100_000;
const REASON = new Error('The work is over.');

/** Each returns one operation, derive and cancel, under a parent made for the round. */
const DERIVE = {
  rodent() {
    const parent = context.withCancel(context.background());
    return () => {
      context.withCancel(parent).cancel(REASON);
    };
  },
  rodentSignal() {
    const parent = context.withCancel(context.background());
    return () => {
      const ctx = context.withCancel(parent);
      void ctx.signal;
      ctx.cancel(REASON);
    };
  },
  any() {
    const parent = new AbortController();
    return () => {
      const controller = new AbortController();
      AbortSignal.any([parent.signal, controller.signal]);
      controller.abort(REASON);
    };
  },
  chain() {
    const parent = new AbortController();
    return () => {
      const controller = new AbortController();
      const onAbort = () => controller.abort(parent.signal.reason);
      parent.signal.addEventListener('abort', onAbort, { once: true });
      parent.signal.removeEventListener('abort', onAbort);
      controller.abort(REASON);
    };
  },
  rodentTimeout() {
    const parent = context.withCancel(context.background());
    return () => {
      context.withTimeout(parent, 60_000).cancel(REASON);
    };
  },
  chainTimeout() {
    const parent = new AbortController();
    return () => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(REASON), 60_000).unref();
      const onAbort = () => controller.abort(parent.signal.reason);
      parent.signal.addEventListener('abort', onAbort, { once: true });
      clearTimeout(timer);
      parent.signal.removeEventListener('abort', onAbort);
      controller.abort(REASON);
    };
  },
};

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Nanoseconds for one operation. */
function time(makeOperation) {
  const operation = makeOperation();
  const start = performance.now();
  for (let i = 0; i < OPERATIONS; i += 1) operation();
  return ((performance.now() - start) * 1e6) / OPERATIONS;
}

/** Nanoseconds for one child when a parent with `count` live children is cancelled. */
function timeCancelOf(count) {
  const parent = context.withCancel(context.background());
  for (let i = 0; i < count; i += 1) context.withCancel(parent);
  const start = performance.now();
  parent.cancel();
  return ((performance.now() - start) * 1e6) / count;
}

/** Lets timers and finalizers run, which would otherwise fall into the next contestant's time. */
async function settle() {
  await new Promise((resolve) => setImmediate(resolve));
}

async function measure() {
  const names = Object.keys(DERIVE);
  const rounds = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const result = {};
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + round + names.length) % names.length];
      await settle();
      result[name] = time(DERIVE[name]);
    }
    await settle();
    result.few = timeCancelOf(LIVE);
    result.many = timeCancelOf(4 * LIVE);
    if (round >= 0) rounds.push(result);
  }
  return rounds;
}

/** The median of the rounds' ratios, with the median times it comes from. */
function compare(rounds, ours, theirs) {
  return {
    ratio: median(rounds.map((round) => round[theirs] / round[ours])),
    oursNs: median(rounds.map((round) => round[ours])),
    theirsNs: median(rounds.map((round) => round[theirs])),
  };
}

function rounded(value) {
  return Number(value.toPrecision(3));
}

function figure(name, against, aim, { ratio, oursNs, theirsNs }) {
  return {
    name,
    value: rounded(ratio),
    unit: 'times as fast',
    against,
    aim,
    detail: {
      oursNs: rounded(oursNs),
      theirsNs: rounded(theirsNs),
      rounds: ROUNDS,
      operations: OPERATIONS,
      node: process.version,
    },
  };
}

/** Measures all figures; takes about ten seconds. */
export async function run() {
  const rounds = await measure();
  const any = 'AbortSignal.any([parent, own])';
  const chain = 'a listener on the parent that aborts an AbortController';
  return [
    figure('derive and cancel', any, '>= 5', compare(rounds, 'rodent', 'any')),
    figure('derive and cancel', chain, '>= 1', compare(rounds, 'rodent', 'chain')),
    figure('derive, read signal and cancel', any, '>= 1', compare(rounds, 'rodentSignal', 'any')),
    figure(
      'derive, read signal and cancel',
      chain,
      'none',
      compare(rounds, 'rodentSignal', 'chain'),
    ),
    figure(
      'derive with timeout and cancel',
      `${chain}, and a timer`,
      '>= 1',
      compare(rounds, 'rodentTimeout', 'chainTimeout'),
    ),
    figure(
      `cancel a parent of ${4 * LIVE} live children, per child`,
      `of ${LIVE} live children`,
      'none: near 1 is linear',
      compare(rounds, 'many', 'few'),
    ),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, value, against, detail } of await run()) {
    console.log(JSON.stringify({ figure: `${name}, against ${against}`, ratio: value, detail }));
  }
}
