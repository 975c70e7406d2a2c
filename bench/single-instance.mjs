// Many processes fight for one PID file, a third of the winners kill themselves while holding it, and
// time is wasted inside the critical windows. Counts moments with two owners; there must be none.
//
//   npm run build && nice node bench/single-instance.mjs [--claims 5000] [--contenders 8]
//     [--rungs flock,abstract,sqlite] [--nodes NODE[,NODE]] [--seconds 600] [--json]
//
// --nodes: node binaries that share the contenders, to let versions exclude one another.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import * as pidfile from '../dist/internal/pidfile/index.js';

const CONTENDER = path.join(import.meta.dirname, '../internal/pidfile/fixtures/contender.mjs');

const { values } = parseArgs({
  options: {
    claims: { type: 'string', default: '5000' },
    contenders: { type: 'string', default: '8' },
    rungs: { type: 'string', default: 'flock,abstract,sqlite' },
    nodes: { type: 'string', default: process.execPath },
    seconds: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
  },
});

const results = [];
for (const rung of values.rungs.split(',')) results.push(await fight(rung));
if (values.json) console.log(JSON.stringify(results));
else console.table(results);
process.exitCode = results.some((result) => !isSound(result)) ? 1 : 0;

async function fight(rung) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rodent-fight-'));
  const field = {
    path: path.join(folder, 'run', 'fight.pid'),
    log: path.join(folder, 'log'),
    untilFile: path.join(folder, 'end'),
    children: new Set(),
  };
  fs.writeFileSync(field.log, '');
  try {
    const started = performance.now();
    const contenders = startContenders(rung, field);
    await enough(field.log, started);
    fs.writeFileSync(field.untilFile, '');
    const stuck = await leave(contenders, field.children);
    const seconds = Math.round((performance.now() - started) / 1000);
    return {
      rung,
      ...judge(fs.readFileSync(field.log, 'utf8')),
      stuck,
      ...(await aftermath(field.path)),
      seconds,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function startContenders(rung, field) {
  const nodes = values.nodes.split(',');
  const options = JSON.stringify({
    ...field,
    children: undefined,
    rung,
    holdMs: 4,
    pauseMs: 4,
    killRate: 0.3,
  });
  return Array.from({ length: Number(values.contenders) }, (_, place) =>
    keepAlive(nodes[place % nodes.length], options, field),
  );
}

/** One place in the fight: whoever falls is replaced until the end. */
async function keepAlive(node, options, field) {
  while (!fs.existsSync(field.untilFile)) {
    const child = spawn(node, ['--no-warnings', CONTENDER, options], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    field.children.add(child);
    const code = await new Promise((resolve) => {
      child.once('exit', resolve);
    });
    field.children.delete(child);
    if (code !== null && code !== 0) fs.appendFileSync(field.log, `error "exit ${code}"\n`);
  }
}

/** Waits for the last contenders; who has not left after a minute is stuck, and killed. */
async function leave(contenders, children) {
  let stuck = 0;
  const timer = setTimeout(() => {
    stuck = children.size;
    for (const child of children) child.kill('SIGKILL');
  }, 60_000);
  await Promise.all(contenders);
  clearTimeout(timer);
  return stuck;
}

/** Until there are enough claims, or `--seconds` after the first one; a minute may pass before that. */
async function enough(log, started) {
  const limitMs = Number(values.seconds) * 1000;
  let first = started + 60_000;
  for (;;) {
    const claims = fs.readFileSync(log, 'latin1').split('\n').length - 1;
    if (claims > 0) first = Math.min(first, performance.now());
    if (claims >= Number(values.claims) || performance.now() - first > limitMs) return;
    await sleep(100);
  }
}

function judge(log) {
  const lines = log.split('\n').filter((line) => line !== '');
  const errors = lines.filter((line) => line.startsWith('error'));
  const owned = lines
    .filter((line) => !line.startsWith('error'))
    .map((line) => line.split(' '))
    .map(([end, pid, from, to]) => ({ end, pid, from: BigInt(from), to: BigInt(to) }))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1));
  let overlaps = 0;
  let longestGap = 0n;
  let last = owned[0]?.from ?? 0n;
  for (const { from, to } of owned) {
    if (from < last) overlaps += 1;
    else if (from - last > longestGap) longestGap = from - last;
    if (to > last) last = to;
  }
  return {
    claims: owned.length,
    kills: owned.filter(({ end }) => end === 'killed').length,
    overlaps,
    errors: errors.length,
    ...(errors.length > 0 ? { firstError: errors[0] } : {}),
    longestGapMs: Number(longestGap / 1_000_000n),
  };
}

/** After the fight: does the next one get in, and does it leave nothing but the lock? */
async function aftermath(file) {
  const claim = await pidfile.claim(file).catch(() => undefined);
  claim?.publish();
  claim?.release();
  const names = fs.readdirSync(path.dirname(file));
  return {
    lockedOut: claim === undefined ? 1 : 0,
    litter: names.filter((name) => !name.includes('.pid.lock') || name.endsWith('.tmp')).length,
  };
}

function isSound({ claims, overlaps, errors, stuck, lockedOut, litter }) {
  return claims >= Number(values.claims) && overlaps + errors + stuck + lockedOut + litter === 0;
}
