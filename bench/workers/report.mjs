/** The figures as lines: `what | rodent | cluster | pm2 | ratio`, and as the rows that run.mjs prints. */

import { sum } from './probe.mjs';

const PEERS = { cluster: 'node:cluster', pm2: 'pm2' };

/** As Markdown. */
export function table(figures) {
  const head = [
    '| what | rodent | node:cluster | pm2 | ratio |',
    '| ---- | ------ | ------------ | --- | ----- |',
  ];
  const body = lines(figures).map(({ what, unit, ratios, ...line }) => {
    const cell = (name) => (line[name] === undefined ? '–' : shown(line[name]));
    const name = unit === '' ? what : `${what}, ${unit}`;
    const cells = [name, ...['rodent', 'cluster', 'pm2'].map(cell), ratioCell(ratios)];
    return `| ${cells.join(' | ')} |`;
  });
  const load = figures.isWrk ? 'wrk' : 'the client of this bench';
  const notes = [`Throughput was measured with ${load}. ${late(figures)}`];
  return [...head, ...body, '', ...notes].join('\n');
}

/** Lost may mean unanswered for 5 s; on a busy machine that says little about who was asked. */
function late({ kills, reloads, broken }) {
  const rounds = [...kills.ofTwo, ...kills.ofOne, ...reloads, broken];
  const names = [...new Set(rounds.flatMap(Object.keys))];
  const counts = names.map(
    (name) => `${name} ${sum(rounds.map((round) => round[name]?.late ?? 0))}`,
  );
  return `Of what was lost, so many had no answer within 5 s: ${counts.join(', ')}.`;
}

/** To node:cluster / to pm2; or the one ratio to something else. */
function ratioCell(ratios = {}) {
  const peers = Object.keys(ratios).every((peer) => Object.hasOwn(PEERS, peer))
    ? Object.keys(PEERS)
    : Object.keys(ratios);
  const found = peers.map((peer) => ratios[peer]);
  if (found.every((ratio) => ratio === undefined)) return '–';
  return found.map((ratio) => (Number.isFinite(ratio) ? shown(ratio) : '–')).join(' / ');
}

/** One row for each peer where there is a ratio, else one with rodent's own figure. */
export function rows(figures) {
  return lines(figures).flatMap(({ what, unit, aim = 'none', ratios, ...line }) => {
    const detail = { rodent: line.rodent, cluster: line.cluster, pm2: line.pm2, unit };
    const peers = Object.keys(PEERS).filter((peer) => line[peer] !== undefined);
    const others = peers.map((peer) => `${PEERS[peer]}: ${shown(line[peer])}`).join(', ');
    const found = Object.entries(ratios ?? {}).filter(([, value]) => Number.isFinite(value));
    if (found.length === 0) {
      return [{ name: what, value: line.rodent, unit, against: others || 'nothing', aim, detail }];
    }
    return found.map(([peer, value]) => {
      const against = PEERS[peer] ?? peer;
      return { name: what, value, unit: 'times as much', against, aim, detail };
    });
  });
}

function lines({ lives, idle, throughput, reloads, kills, broken }) {
  const withSpare = kills.ofOne.map(({ spare }) => ({ rodent: spare }));
  return [
    ...killed('one of 2 workers', kills.ofTwo),
    ...killed('the only worker', kills.ofOne),
    ...killed('the only worker, with a spare', withSpare),
    count(reloads, ['kept'], {
      what: 'reload, 32 kept connections: lost',
      of: 'reloads',
      aim: '0',
    }),
    count(reloads, ['fresh'], {
      what: 'reload, 32 fresh connections: lost',
      of: 'reloads',
      aim: '0',
    }),
    amount(reloads, ['tookMs'], { what: 'reload, time', unit: 'ms' }),
    ...afterBreak(broken),
    ...['kept', 'fresh'].flatMap((kind) => rates(throughput[kind], kind)),
    ...memory(lives),
    ...startAndStop(lives),
    amount([idle], ['head'], { what: 'CPU at rest, supervisor', unit: 's/min' }),
    amount([idle], ['worker'], { what: 'CPU at rest, one worker', unit: 's/min' }),
  ];
}

function killed(whom, rounds) {
  const what = (figure) => `kill -9 of ${whom}: ${figure}`;
  return [
    count(rounds, ['refused'], { what: what('refused'), of: 'kills', aim: '0' }),
    count(rounds, ['lost'], { what: what('reset or lost'), of: 'kills' }),
    amount(rounds, ['backMs'], { what: what('next good answer'), unit: 'ms' }),
    amount(rounds, ['waitMs'], { what: what('longest wait for an answer'), unit: 'ms' }),
  ];
}

function afterBreak(broken) {
  const of = (read) =>
    Object.fromEntries(Object.entries(broken).map(([name, result]) => [name, read(result)]));
  const yes = (is) => (is ? 'yes' : 'no');
  const what = 'broken code, reload';
  return [
    { what: `${what}: lost in 8 s`, unit: 'requests', aim: '0', ...of(({ lost }) => lost) },
    { what: `${what}: exit status`, unit: '', aim: '1', ...of(({ status }) => String(status)) },
    { what: `${what}: error shown`, unit: '', aim: 'yes', ...of((one) => yes(one.isShown)) },
    amount([broken], ['cpuSeconds'], { what: `${what}: CPU in 8 s`, unit: 's' }),
    { what: `${what}: serves after 8 s`, unit: '', aim: 'yes', ...of((one) => yes(one.serves)) },
  ];
}

/** The peers write no request log; so both are shown, rodent as it comes and without one. */
function rates(rounds, kind) {
  const silent = rounds.map((round) => ({ ...round, rodent: round.silent }));
  const what = (over) => `throughput per ${over}, ${kind} connections`;
  const bare = (over) => `${what(over)}, no request log`;
  return [
    amount(rounds, ['perSecond'], { what: what('second'), unit: 'answers' }),
    amount(silent, ['perSecond'], { what: bare('second'), unit: 'answers' }),
    amount(rounds, ['perCpuSecond'], { what: what('CPU second'), unit: 'answers' }),
    amount(silent, ['perCpuSecond'], { what: bare('CPU second'), unit: 'answers' }),
  ];
}

function memory(lives) {
  const unit = 'MiB';
  const bare = lives.map(({ rodent, bare }) => ({ rodent, cluster: bare }));
  const againstBare = amount(bare, ['worker', 'rss'], { what: '', unit });
  return [
    amount(lives, ['head', 'rss'], { what: 'memory at rest, supervisor, RSS', unit }),
    amount(lives, ['head', 'pss'], { what: 'memory at rest, supervisor, PSS', unit }),
    amount(lives, ['worker', 'rss'], { what: 'memory at rest, one worker, RSS', unit }),
    {
      what: `memory at rest, one worker, RSS, to a bare Hono process of ${shown(againstBare.cluster)} MiB`,
      unit,
      rodent: againstBare.rodent,
      ratios: { 'a bare Hono process': againstBare.ratios.cluster },
    },
    amount(lives, ['pss'], { what: 'memory at rest, all processes, PSS', unit }),
  ];
}

function startAndStop(lives) {
  const front = lives.map(({ rodent, cluster }) => ({ rodent, cluster }));
  const back = lives.map(({ detached, pm2 }) => ({ rodent: detached, pm2 }));
  return [
    amount(front, ['startMs'], { what: 'start to the first 200, in the foreground', unit: 'ms' }),
    amount(back, ['startMs'], { what: 'start to the first 200, in the background', unit: 'ms' }),
    amount(front, ['stopMs'], { what: 'stop when idle, in the foreground', unit: 'ms' }),
    amount(back, ['stopMs'], { what: 'stop when idle, in the background', unit: 'ms' }),
  ];
}

/** The sum of all rounds. */
function count(rounds, keys, { what, of, aim }) {
  const unit = `requests in ${rounds.length} ${of}`;
  return { what, unit, aim, ...each(rounds, sum, keys) };
}

/** The medians, and the medians of the rounds' ratios. */
function amount(rounds, keys, { what, unit }) {
  const ratios = {};
  for (const peer of Object.keys(PEERS)) {
    if (rounds[0][peer] === undefined) continue;
    ratios[peer] = median(
      rounds.map(({ rodent, [peer]: other }) => at(rodent, keys) / at(other, keys)),
    );
  }
  const hasPeer = Object.keys(ratios).length > 0;
  return { what, unit, ...each(rounds, median, keys), ...(hasPeer ? { ratios } : {}) };
}

function each(rounds, summary, keys) {
  const names = ['rodent', ...Object.keys(PEERS)].filter((name) => rounds[0][name] !== undefined);
  return Object.fromEntries(
    names.map((name) => [name, summary(rounds.map((round) => at(round[name], keys)))]),
  );
}

function at(value, keys) {
  return keys.reduce((inner, key) => inner[key], value);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Three significant digits, whole from a hundred on; a text stays as it is. */
function shown(value) {
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return 'never';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
