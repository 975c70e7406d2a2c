/**
 * What supervised workers are worth: `rodent serve --workers 2` against a node:cluster script as it is
 * usually written (workers/cluster.mjs) and against pm2 in cluster mode, which is installed into a
 * temporary folder for the time of the bench. All run the same Hono application.
 *
 * What happens to clients when workers are killed, reloaded or given broken code is counted by a process
 * of its own; times, rates and memory are medians of rounds in which all contestants run in turn, in
 * changing order. Linux only: memory and processor time are read from /proc.
 *
 * npm run build && node bench/workers.mjs       the table; BENCH_ROUNDS=1 for a short look
 */

import { pathToFileURL } from 'node:url';

import * as contestants from './workers/contestants.mjs';
import * as load from './workers/load.mjs';
import * as measures from './workers/measures.mjs';
import { openPlace } from './workers/place.mjs';
import { allWorkers, firstAnswer } from './workers/probe.mjs';
import * as report from './workers/report.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** Of what takes long and hardly varies. */
const FEW_ROUNDS = Math.ceil(ROUNDS / 2);
/** No further round begins after that; the first one always does. */
const LIMIT_MS = 170_000;
const IDLE_SECONDS = 15;
/** Until the compiler has done its work; counted, for a busy machine takes longer, but not for ever. */
const WARM_UP = { requests: 60_000, slices: 6 };
const SLICE_SECONDS = 1;

/** Measures all figures; takes less than four minutes, a little more on a busy machine. */
export async function run() {
  return report.rows(await measure());
}

async function measure() {
  const place = openPlace();
  try {
    const hasPm2 = await contestants.installPm2(place);
    const names = ['rodent', 'cluster', ...(hasPm2 ? ['pm2'] : [])];
    const start = (name, options) => startOne(place, name, options);
    const figures = { isWrk: await load.hasWrk(place), lives: await lives(place, names) };
    const pairs = await inOrder(names, (name) => start(name, { workers: 2 }));
    figures.idle = await idle(pairs);
    figures.reloads = await inTurn(pairs, FEW_ROUNDS, measures.reload);
    const singles = await inOrder(names, (name) => start(name, { workers: 1 }));
    const spare = await start('rodent', { workers: 1, spare: 1 });
    figures.kills = await kills(pairs, [...singles, { ...spare, name: 'spare' }]);
    await Promise.all([...singles, spare].map((service) => service.stop()));
    const silent = await start('rodent', { workers: 2, env: { RODENT_LOG_ACCESS: 'no' } });
    figures.throughput = await throughput(place, [...pairs, { ...silent, name: 'silent' }]);
    await silent.stop();
    figures.broken = Object.assign({}, ...(await inTurn(pairs, 1, measures.breakApp)));
    await Promise.all(pairs.map((service) => service.stop()));
    return figures;
  } finally {
    const left = place.clear();
    if (left.length > 0) console.error(`Did not end, and was killed: ${left.join('; ')}`);
  }
}

async function startOne(place, name, options) {
  const service = await contestants.CONTESTANTS[name](place, options);
  await firstAnswer(service);
  await allWorkers(service, options.workers + (options.spare ?? 0));
  return service;
}

/** Starts, stops and memory; who runs in the foreground and who in the background. */
async function lives(place, names) {
  const starts = {
    rodent: () => contestants.startRodent(place, { workers: 2 }),
    cluster: () => contestants.startCluster(place, { workers: 2 }),
    detached: () => contestants.startRodent(place, { workers: 2, isDetached: true }),
    pm2: () => contestants.startPm2(place, { workers: 2 }),
    bare: () => contestants.startBare(place),
  };
  const wanted = Object.keys(starts).filter((name) => name !== 'pm2' || names.includes('pm2'));
  const lifes = wanted.map((name) => ({ name, start: starts[name] }));
  return inTurn(lifes, FEW_ROUNDS, ({ start }) => measures.life(start));
}

async function idle(services) {
  // What a start leaves to do is done by then.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  return measures.idle(services, ROUNDS > 1 ? IDLE_SECONDS : 5);
}

async function throughput(place, services) {
  const slice = (kind) => (service) =>
    measures.rates(place, service, { kind, seconds: SLICE_SECONDS });
  await inOrder(services, (service) => warmUp(() => slice('kept')(service)));
  return {
    kept: await inTurn(services, ROUNDS, slice('kept')),
    fresh: await inTurn(services, ROUNDS, slice('fresh')),
  };
}

async function warmUp(ask) {
  let answers = 0;
  for (let i = 0; i < WARM_UP.slices && answers < WARM_UP.requests; i += 1) {
    answers += (await ask()).perSecond * SLICE_SECONDS;
  }
}

/** Of one of two workers and of the only one, so that each service has time to recover. */
async function kills(pairs, singles) {
  const rounds = [];
  for (let round = 0; round < ROUNDS && hasTime(round); round += 1) {
    const [ofTwo] = await inTurn(pairs, 1, measures.kill);
    const [ofOne] = await inTurn(singles, 1, measures.kill);
    rounds.push({ ofTwo, ofOne });
  }
  return {
    ofTwo: rounds.map((round) => round.ofTwo),
    ofOne: rounds.map((round) => round.ofOne),
  };
}

async function inOrder(things, work) {
  const results = [];
  for (const thing of things) results.push(await work(thing));
  return results;
}

function hasTime(round) {
  return round === 0 || performance.now() < LIMIT_MS;
}

/** One result for each contestant and round, the order turning. */
async function inTurn(contestants, rounds, measure) {
  const results = [];
  for (let round = 0; round < rounds && hasTime(round); round += 1) {
    const result = {};
    for (let i = 0; i < contestants.length; i += 1) {
      const contestant = contestants[(i + round) % contestants.length];
      result[contestant.name] = await measure(contestant);
    }
    results.push(result);
  }
  return results;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(report.table(await measure()));
}
