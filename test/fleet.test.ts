/** Two hosts on one database: seen and ended from one another, lost, back again. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { allRun, fleet, processesIn, stateOf, until } from './support/index.js';
import type { Fleet, FleetProcess, Host } from './support/index.js';

/** Says who answers; `/held` answers once there is a file "gate", and says in "held" that it waits. */
const APP = `
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/held') {
      fs.writeFileSync('held', process.pid + '\\n');
      while (!fs.existsSync('gate')) await sleep(10);
    }
    return new Response('done by ' + process.pid);
  },
};
`;

/** A host has a supervisor and two workers. */
const SIZE = 3;

async function twoHosts(own: Fleet): Promise<readonly [Host, Host]> {
  const [a, b] = await Promise.all([own.host(APP), own.host(APP)]);
  for (const host of [a, b]) await complete(host);
  return [a, b];
}

/** Waits until the database has the processes of the host that run, and no others. */
async function complete(host: Host): Promise<readonly FleetProcess[]> {
  return until('the processes of the host in the database', async () => {
    const rows = await host.processes();
    const isWhole = rows.some(({ pid }) => pid === host.pid()) && rows.length === SIZE;
    return isWhole && rows.every(({ pid }) => stateOf(pid) !== undefined) ? rows : undefined;
  });
}

/** Who they are, whatever they are doing. */
function identities(rows: readonly FleetProcess[]): readonly string[] {
  return rows.map(({ id, pid }) => `${id} ${pid}`);
}

async function answer(host: Host): Promise<string> {
  const response = await fetch(host.url, { headers: { connection: 'close' } });
  return response.text();
}

/** Ends a host at once with all that is on it, as a power failure does. */
function strike(host: Host): void {
  for (const pid of processesIn(host.dir)) process.kill(pid, 'SIGKILL');
}

describe('two hosts on one database', () => {
  test('are shown by both, and one ends a worker of the other once it has answered', async () => {
    const [a, b] = await twoHosts(await fleet());
    const all = (await Promise.all([a, b].map((host) => complete(host)))).flat();
    for (const host of [a, b]) {
      const { stdout } = await host.run(['ps', '--json']);
      const said = JSON.parse(stdout) as Record<'hosts' | 'processes', readonly { id: string }[]>;
      expect(said.hosts.map(({ id }) => id).toSorted()).toEqual([a.id, b.id].toSorted());
      expect(said.processes.map(({ id }) => id).toSorted()).toEqual(
        all.map(({ id }) => id).toSorted(),
      );
    }
    const held = fetch(`${b.url}/held`).then((response) => response.text());
    const place = path.join(b.dir, 'held');
    const pid = Number(await until('the request', () => read(place)));
    const id = all.find((row) => row.pid === pid)?.id ?? '';
    await expect(a.run(['ps', '--stop', id])).resolves.toMatchObject({ code: 0, stderr: '' });
    await until('the word to arrive', async () => {
      const workers = await b.processes('http');
      const state = workers.find((row) => row.id === id)?.state;
      return state === 'STOPPING' || workers.length > 2;
    });
    expect(stateOf(pid)).toBeDefined();
    b.write('gate', '');
    expect(await held).toBe(`done by ${pid}`);
    await until('the end of the worker', () => stateOf(pid) === undefined);
    const after = await complete(b);
    expect(after.map((row) => row.id)).not.toContain(id);
    await b.workers('another in its place', allRun(2));
    expect(identities(await complete(a))).toEqual(identities(all.slice(0, SIZE)));
  });

  test('one ends the service of the other, which takes its rows along', async () => {
    const own = await fleet();
    const [a, b] = await twoHosts(own);
    const [before, id] = [await a.processes(), (await b.processes('supervisor'))[0]?.id ?? ''];
    const { code, stdout } = await a.run(['ps', '--stop', id, '--wait']);
    expect(code).toBe(0);
    expect(stdout).toContain('It has left.');
    await until('the end', async () => (await b.run(['status'])).code === 3);
    await until('everything to end', () => processesIn(b.dir).length === 0);
    expect(await b.processes()).toEqual([]);
    expect(identities(await a.processes())).toEqual(identities(before));
    expect(await answer(a)).toMatch(/^done by \d+$/);
  });

  test('one takes out the rows of the other that was struck down, which comes back as itself', async () => {
    const own = await fleet();
    const [a, b] = await twoHosts(own);
    const [before, lost] = [await a.processes(), await b.processes()];
    strike(b);
    await until('the rows to be taken out', async () => (await b.processes()).length === 0);
    expect(identities(await a.processes())).toEqual(identities(before));
    await expect(b.run(['serve', '-d'])).resolves.toMatchObject({ code: 0 });
    const back = await complete(b);
    expect(back.map(({ id }) => id)).not.toContain(lost[0]?.id);
    // At once this time: what is left in the database is not taken for what runs, nor the reverse.
    strike(b);
    await expect(b.run(['serve', '-d'])).resolves.toMatchObject({ code: 0 });
    const again = await complete(b);
    expect(await own.rows('select id from rodent.hosts order by id')).toEqual(
      [a.id, b.id].toSorted().map((id) => ({ id })),
    );
    expect(identities(await a.processes())).toEqual(identities(before));
    await b.workers('all to run', allRun(2));
    expect(identities(await b.processes())).toEqual(identities(again));
  });
});

/** The first line of a file, once it is there in full. */
function read(file: string): string | undefined {
  return fs.existsSync(file) ? /^.+(?=\n)/.exec(fs.readFileSync(file, 'utf8'))?.[0] : undefined;
}
