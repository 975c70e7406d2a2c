/** What an operator sees of a database that is away, and how the service lives on. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  database,
  processesIn,
  project,
  proxy,
  stateOf,
  supervised,
  until,
} from './support/index.js';
import type { Project, Supervised } from './support/index.js';

const FAST = ['database.beat=200ms', 'database.lostAfter=2s'];
const EMBEDDED = ['database=embedded', ...FAST];

const APP = `
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === '/plain') return new Response('plain');
    const { rows } = await env.db.query('select current_schema() as name');
    return new Response(rows[0].name);
  },
};
`;

/** The sentences of the service's log. */
function told({ dir }: Project): readonly string[] {
  const file = path.join(dir, '.rodent', 'log', 'error.log');
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly detail: string }).detail);
}

async function get(own: Project): Promise<string> {
  const response = await fetch(own.url, { headers: { connection: 'close' } });
  return `${response.status} ${await response.text()}`;
}

/** A home that the server's user may enter, who is not root: the data stays in it. */
function openToNobody({ dir }: Project): void {
  fs.chmodSync(dir, 0o755);
  fs.mkdirSync(path.join(dir, '.rodent'), 0o755);
}

const root = ({ dir }: Project): string => path.join(dir, '.rodent', 'data', 'postgres');

/** The embedded server of a service, once it is registered. */
function serverOf(own: Supervised): Promise<number> {
  return until('the server', async () => {
    const { database: found, workers } = await own.status();
    return found?.isReachable === true
      ? workers.find(({ kind }) => kind === 'database')?.pid
      : undefined;
  });
}

describe('a database that is away', () => {
  test('makes the service degraded, and is told once', async () => {
    const { url } = await database();
    const way = await proxy(url);
    const own = await supervised(APP, FAST, { DATABASE_URL: way.url, RODENT_MIGRATE: 'yes' });
    const health = async (): Promise<string> => {
      const { code, stdout } = await own.run(['health']);
      expect(code).toBe(0);
      return stdout;
    };
    await until('health', async () => (await health()).startsWith('healthy'));
    await way.cut();
    const text = await until('the outage', async () => {
      const said = await health();
      return said.startsWith('degraded') ? said : undefined;
    });
    expect(text).toMatch(/^database: Cannot connect to the database/m);
    const { stdout } = await own.run(['health', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'degraded', status: 200 });
    const isDeaf = (line: string): boolean => line.includes('does not tell this host any more');
    await until('a word in the log', () => told(own).some(isDeaf));
    await way.mend();
    await until('health', async () => (await health()).startsWith('healthy'));
    const isHeard = (line: string): boolean => line.includes('tells this host at once');
    await until('a word in the log', () => told(own).filter(isHeard).length === 2);
    expect(told(own).filter(isDeaf)).toHaveLength(1);
    expect((await own.run(['stop'])).code).toBe(0);
  });
});

describe('a service with an embedded database', () => {
  test('answers the first request from it, and the first after its end', async () => {
    const own = await supervised(APP, EMBEDDED, {}, openToNobody);
    expect(await get(own)).toBe('200 public');
    const server = await serverOf(own);
    process.kill(server, 'SIGKILL');
    await until('its end', () => stateOf(server) === undefined);
    await until('its connections to be gone', () => told(own).join().includes('was lost'));
    expect(await get(own)).toBe('200 public');
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('starts it anew when the registry asks it to leave', async () => {
    const own = await supervised(APP, EMBEDDED, {}, openToNobody);
    const before = await serverOf(own);
    const { stdout } = await own.run(['ps', '--json']);
    const { processes } = JSON.parse(stdout) as {
      readonly processes: readonly { readonly id: string; readonly kind: string }[];
    };
    const id = processes.find(({ kind }) => kind === 'database')?.id ?? '';
    expect((await own.run(['ps', '--stop', id])).code).toBe(0);
    await until('another server', async () => (await serverOf(own)) !== before);
    await until('its row', async () => {
      const { stdout: now } = await own.run(['ps']);
      return !now.includes(id.slice(0, 8)) && /database +postgres .* RUNNING/.test(now);
    });
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('never gives its server up', async () => {
    const own = await supervised(APP, EMBEDDED, {}, openToNobody);
    const server = await serverOf(own);
    // What PostgreSQL refuses to serve.
    fs.chmodSync(path.join(root(own), 'cluster', 'data'), 0o777);
    process.kill(server, 'SIGKILL');
    await until('many a try', async () => {
      const { workers } = await own.status();
      return (workers.find(({ kind }) => kind === 'database')?.restarts ?? 0) > 4;
    });
    fs.chmodSync(path.join(root(own), 'cluster', 'data'), 0o700);
    await serverOf(own);
    expect(await get(own)).toBe('200 public');
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('stops while it hangs, and leaves nothing of it', async () => {
    const own = await supervised(APP, EMBEDDED, {}, openToNobody);
    await serverOf(own);
    const data = fs.realpathSync(path.join(root(own), 'cluster', 'data'));
    for (const pid of processesIn(data)) process.kill(pid, 'SIGSTOP');
    expect((await own.run(['status'])).code).toBe(0);
    expect(await own.run(['stop', '--timeout', '60s'])).toMatchObject({ code: 0 });
    expect(processesIn(data)).toEqual([]);
  });

  test('says that it starts no worker scripts without a supervisor', async () => {
    const own = await project(APP, { conf: ['workers=0', ...EMBEDDED] });
    openToNobody(own);
    own.write('workers/queue/take.mjs', '');
    own.write('uniphant.conf', '');
    expect((await own.run(['serve', '-d'])).code).toBe(0);
    await until('the database', async () => (await own.run(['ps'])).stdout.includes('service'));
    expect(await own.run(['worker', 'scale', 'queue.take', '1'])).toMatchObject({ code: 0 });
    await until('a word in the log', () => told(own).join().includes('scripts need a supervisor'));
    expect((await own.run(['stop'])).code).toBe(0);
  });
});
