/** Worker scripts and their database: it may go away, take them over, or tell them to leave. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import {
  CALLS,
  ID,
  holderOf,
  project,
  registryDatabase,
  rowOf,
} from '../internal/worker/testing/project.js';
import { proxy, until } from './support/index.js';

describe('the database of a worker', () => {
  it('that is away at the start does not keep it from running, and is joined later', async () => {
    const registry = await registryDatabase();
    const way = await proxy(registry.url);
    await way.cut();
    const own = project(CALLS, { conf: [...registry.conf.slice(1), `DATABASE_URL=${way.url}`] });
    await expect(own.run([ID, 'start'])).resolves.toMatchObject({ code: 0 });
    await own.logged(/The worker goes on without the database\.[^]*INFO called/);
    await way.mend();
    await until('the row', () => rowOf(registry));
    await own.logged(/The database answers again\./);
    await own.run([ID, 'stop']);
    await expect(rowOf(registry)).resolves.toBeUndefined();
  });

  it('that goes away ends nothing: the worker comes back, anew where it was given up', async () => {
    const registry = await registryDatabase();
    const way = await proxy(registry.url);
    const conf = [...registry.conf.slice(1), `DATABASE_URL=${way.url}`, 'lost_after_ms=200'];
    const own = project(CALLS, { conf });
    await own.run([ID, 'start']);
    const before = await rowOf(registry);
    await way.cut();
    await own.logged(/The worker goes on without the database\./);
    await registry.rows('delete from rodent.processes where worker_id = $1', ID);
    const seen = own.log().length;
    await until('more calls', () => own.log().slice(seen).split('called').length > 10);
    await way.mend();
    const after = await until('the row', () => rowOf(registry));
    expect(after['id']).toBe(before?.['id']);
    expect(after['pid']).toBe(await holderOf(own));
    await own.logged(/The database answers again\./);
    await own.run([ID, 'stop']);
  });

  it('that takes its row away ends it within two beats', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: registry.conf });
    const program = own.start([ID, 'start', '-f']);
    await until('the row', () => rowOf(registry));
    await registry.rows('delete from rodent.processes where worker_id = $1', ID);
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    expect(own.log()).toContain('Stopped: requested by the database.');
  });

  it('that asks for its end gets it, also while a call takes long', async () => {
    const registry = await registryDatabase();
    const own = project(
      `await worker.main((config, log, db, ctx) => new Promise((resolve) => {
        log.info('waiting');
        ctx.signal.addEventListener('abort', () => resolve(), { once: true });
      }));`,
      { conf: registry.conf },
    );
    const program = own.start([ID, 'start', '-f']);
    const row = await until('the row', () => rowOf(registry));
    await own.logged(/waiting/);
    await registry.rows('select rodent.request_process_termination($1)', row['id']);
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    await expect(rowOf(registry)).resolves.toBeUndefined();
  });

  it('serves its function under the id of the process', async () => {
    const registry = await registryDatabase();
    const own = project(
      `await worker.main(async (config, log, db, ctx) => {
        const { rows } = await db.query('select current_setting($1) as name', ['application_name']);
        log.info('alive', await worker.alive(config, db), rows[0].name === config.process_id);
      });`,
      { conf: registry.conf },
    );
    await own.run([ID, 'start']);
    await own.logged(/alive true true/);
    await own.run([ID, 'stop']);
  });

  it('is found in the environment, where the files say nothing', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: ['heartbeat_ms=100'] });
    await own.run([ID, 'start'], { env: { DATABASE_URL: registry.url } });
    await expect(rowOf(registry)).resolves.toMatchObject({ pid: await holderOf(own) });
    await own.run([ID, 'stop']);
  });

  it('is found where a service has announced it, also when that comes later', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: ['heartbeat_ms=100', 'pause_ms=20'] });
    await own.run([ID, 'start'], { env: { PGUSER: undefined } });
    const url = new URL(registry.url);
    const [user, name] = [url.username, url.pathname.slice(1)];
    const host = url.searchParams.get('host') ?? url.hostname;
    const port = url.port === '' ? 5432 : Number(url.port);
    own.write('.rodent/run/database.json', JSON.stringify({ host, port, user, name }));
    fs.chmodSync(path.join(own.root, '.rodent/run/database.json'), 0o600);
    await until('the row', () => rowOf(registry));
    await own.run([ID, 'stop']);
  });
});

describe('a supervised worker', () => {
  it('tells that it runs on the descriptor that it was given, and no child of its', async () => {
    const own = project(
      `import { execFileSync } from 'node:child_process';
      await worker.main((config, log) => {
        log.info('env', execFileSync('sh', ['-c', 'echo "<$RODENT_READY_FD>"']).toString().trim());
      });`,
    );
    const child = spawn(process.execPath, [own.script, 'start', ID, '-f'], {
      env: { ...process.env, HOME: own.home, RODENT_READY_FD: '3' },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const pipe = child.stdio[3];
    let text = '';
    pipe?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(pipe as NodeJS.ReadableStream, 'end');
    expect(text).toBe('\n');
    await own.logged(/env <>/);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
