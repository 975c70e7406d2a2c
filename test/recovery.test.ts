/** What kills a worker, and that the service goes on: each fault on real processes, under load where it counts. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import type { WorkerStatus } from '../internal/child/index.js';
import { allRun, load, supervised, until } from './support/index.js';
import type { Supervised } from './support/index.js';

/** Answers with its process id, and does harm to itself when it is asked to. */
const APP = `
const kept = [];
function spin() { for (;;) kept.length = 0; }
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/exit') setImmediate(() => process.exit(7));
    if (pathname === '/throw') setImmediate(() => { throw new Error('boom outside'); });
    if (pathname === '/spin') setImmediate(spin);
    if (pathname === '/never') await new Promise(() => {});
    if (pathname === '/eat') kept.push(Buffer.alloc(400 * 1024 * 1024, 1));
    if (pathname === '/heap') setImmediate(() => { for (;;) kept.push(new Array(1e6).fill(kept.length)); });
    return new Response('pid ' + process.pid);
  },
};
`;

/** Asks for harm; the answer may come or not. */
async function harm(own: Supervised, route: string): Promise<void> {
  await fetch(`${own.url}${route}`, { headers: { connection: 'close' } }).catch(() => undefined);
}

/** Waits until a worker has been started anew and all run, and returns why the last one ended. */
async function recovered(own: Supervised, count = 2): Promise<string> {
  const isBack = (workers: readonly WorkerStatus[]): boolean =>
    allRun(count)(workers) && workers.some(({ lastEnd }) => lastEnd !== undefined);
  const workers = await own.workers('the recovery', isBack);
  return workers.flatMap(({ lastEnd }) => lastEnd?.reason ?? []).join('; ');
}

function logOf(own: Supervised): string {
  return fs.readFileSync(path.join(own.dir, '.rodent', 'log', 'error.log'), 'utf8');
}

describe('a worker', () => {
  test('that is killed under load is replaced; only what it had in hand is lost', async () => {
    const own = await supervised(APP);
    const [victim = 0] = await own.pids();
    const traffic = await load(own.url, { clients: 4 });
    process.kill(victim, 'SIGKILL');
    expect(await recovered(own)).toBe('SIGKILL (perhaps out of memory)');
    const { answered, lost } = await traffic.stop();
    expect(answered).toBeGreaterThan(0);
    // Eight clients, each with one request at a time; no connection is refused.
    expect(lost.length).toBeLessThanOrEqual(8);
    expect(lost.filter(({ reason }) => reason.includes('ECONNREFUSED'))).toEqual([]);
    expect(await own.pids()).not.toContain(victim);
  });

  test('is replaced without a refused connection also where Node cannot bind without accepting', async () => {
    const blind = "import net from 'node:net'; net._createServerHandle = undefined;";
    const own = await supervised(APP, [], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(blind)}`,
    });
    const [victim = 0] = await own.pids();
    const traffic = await load(own.url, { clients: 4 });
    process.kill(victim, 'SIGKILL');
    expect(await recovered(own)).toBe('SIGKILL (perhaps out of memory)');
    own.write('app.mjs', APP);
    expect((await own.run(['reload'])).code).toBe(0);
    const { answered, lost } = await traffic.stop();
    expect(answered).toBeGreaterThan(0);
    expect(lost.length).toBeLessThanOrEqual(8);
  });

  test.each([
    ['/exit', /^exit status 7$/],
    ['/throw', /boom outside \(exit status 1\)$/],
  ])('that ends by %s is replaced, and the reason is told', async (route, reason) => {
    const own = await supervised(APP);
    await harm(own, route);
    expect(await recovered(own)).toMatch(reason);
    expect((await fetch(own.url)).status).toBe(200);
  });

  test('that somebody stops by hand is replaced before it has gone, and loses nothing', async () => {
    const own = await supervised(APP);
    const [victim = 0] = await own.pids();
    const traffic = await load(own.url, { clients: 4 });
    process.kill(victim, 'SIGTERM');
    await own.workers(
      'the replacement',
      (workers) => allRun(2)(workers) && workers.every(({ pid }) => pid !== victim),
    );
    expect((await traffic.stop()).lost).toEqual([]);
  });

  test('whose event loop hangs is named with its stack, killed and replaced; others serve', async () => {
    const own = await supervised(APP, ['workers.timeout=2s']);
    await harm(own, '/spin');
    const answers = Array.from({ length: 4 }, () =>
      fetch(own.url, { signal: AbortSignal.timeout(20_000) }).then(({ status }) => status),
    );
    await Promise.allSettled(answers);
    expect(await recovered(own)).toMatch(/^hung/);
    expect(logOf(own)).toMatch(/spin.*app\.mjs:3/);
  });

  test('that a debugger or SIGSTOP suspends is left alone, and goes on after it', async () => {
    const own = await supervised(APP, ['workers.timeout=1s']);
    const [victim = 0] = await own.pids();
    process.kill(victim, 'SIGSTOP');
    const suspended = await own.workers('the mark', (workers) =>
      workers.some(({ isSuspended }) => isSuspended),
    );
    expect(suspended.map(({ pid }) => pid)).toContain(victim);
    process.kill(victim, 'SIGCONT');
    await own.workers('the end of it', (workers) => !workers.some((one) => one.isSuspended));
    expect(await own.pids()).toContain(victim);
  });

  test('that runs out of heap is named so', async () => {
    const own = await supervised(APP, [], { NODE_OPTIONS: '--max-old-space-size=64' });
    await harm(own, '/heap');
    expect(await recovered(own)).toMatch(/^out of memory/);
  });

  test('over the hard limit of memory is killed at once', async () => {
    const own = await supervised(APP, ['limits.memorySoft=256MiB', 'limits.memoryHard=384MiB']);
    await harm(own, '/eat');
    expect(await recovered(own)).toMatch(/resident memory .* is over 384 MiB/);
  });

  test('over the soft limit of memory is replaced without losing a request', async () => {
    const own = await supervised(APP, ['limits.memorySoft=256MiB']);
    const before = await own.pids();
    const traffic = await load(own.url, { clients: 2 });
    await harm(own, '/eat');
    await own.workers(
      'the recycling',
      (workers) => allRun(2)(workers) && workers.some(({ pid = 0 }) => !before.includes(pid)),
    );
    expect((await traffic.stop()).lost).toEqual([]);
    expect(logOf(own)).toMatch(/resident memory .* is over 256 MiB/);
  });

  test('that has answered its share is replaced without losing a request', async () => {
    const own = await supervised(APP, ['limits.maxRequests=200', 'limits.maxRequestsJitter=50']);
    const before = await own.pids();
    const traffic = await load(own.url, { clients: 2 });
    await until('both to be replaced', async () => {
      const now = await own.pids();
      return before.every((pid) => !now.includes(pid));
    });
    expect((await traffic.stop()).lost).toEqual([]);
    expect(logOf(own)).toMatch(/answered [\d,]+ requests/);
  });

  test('with a request that outlives its deadline is replaced, and the client has its 503', async () => {
    const own = await supervised(APP, [
      'limits.requestDeadline=200ms',
      'limits.overdueGrace=200ms',
    ]);
    const before = await own.pids();
    expect((await fetch(`${own.url}/never`)).status).toBe(503);
    await own.workers(
      'the recycling',
      (workers) => allRun(2)(workers) && workers.some(({ pid = 0 }) => !before.includes(pid)),
    );
    expect(logOf(own)).toMatch(/long after its deadline: GET \/never/);
  });

  test('whose application is unwell for long enough is replaced', async () => {
    const sick = `
import fs from 'node:fs';
export default {
  fetch: (request) => new Response('pid ' + process.pid, {
    status: new URL(request.url).pathname === '/deep' && fs.existsSync('sick-' + process.pid) ? 500 : 200,
  }),
};`;
    const own = await supervised(sick, [
      'probe.path=/deep',
      'probe.interval=100ms',
      'probe.failures=2',
    ]);
    const [victim = 0] = await own.pids();
    own.write(`sick-${victim}`, '');
    await own.workers(
      'the replacement',
      (workers) => allRun(2)(workers) && workers.every(({ pid }) => pid !== victim),
    );
    expect(logOf(own)).toMatch(/unhealthy: \/deep answers 500/);
  });
});

describe('a crash loop', () => {
  test('ends in FATAL, the service answers its commands, and a reload with mended code cures it', async () => {
    const own = await supervised(APP, ['workers.startRetries=2', 'workers.startSeconds=5s']);
    own.write('app.mjs', 'process.exit(9);');
    for (const pid of await own.pids()) process.kill(pid, 'SIGKILL');
    await own.workers('the end of the tries', (workers) =>
      workers.every(({ state }) => state === 'FATAL'),
    );
    own.write('app.mjs', APP);
    const outcome = await own.run(['reload'], {});
    expect(outcome.stderr).not.toContain('Cannot');
    expect(outcome.code).toBe(0);
    expect((await fetch(own.url)).status).toBe(200);
  });
});
