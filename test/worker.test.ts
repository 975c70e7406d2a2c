/** Worker scripts as their users run them: real processes and their commands. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  CALLS,
  ID,
  gone,
  holderOf,
  project,
  registryDatabase,
  rowOf,
} from '../internal/worker/testing/project.js';
import { until } from './support/index.js';

describe('a worker script', () => {
  it('starts in the background, tells its status, restarts and stops', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: registry.conf });
    await expect(own.run([ID, 'status'])).resolves.toMatchObject({
      code: 3,
      stdout: 'not running\n',
    });
    const started = await own.run([ID, 'start']);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const pid = await holderOf(own);
    expect(started.stdout).toBe(`started (PID ${pid})\n`);
    const row = await rowOf(registry);
    expect(row).toMatchObject({ pid });
    await expect(own.run(['status', ID])).resolves.toMatchObject({
      code: 0,
      stdout: `running (PID ${pid})\n`,
    });
    await expect(own.run(['start', ID])).resolves.toMatchObject({
      code: 1,
      stderr: `The worker runs already, as process ${pid}.\n`,
    });
    await own.logged(/INFO called/);
    await until('a second heartbeat', async () => {
      const beat = (await rowOf(registry))?.['heartbeat_at'];
      return beat !== undefined && beat !== row?.['heartbeat_at'];
    });
    await expect(own.run(['restart', ID])).resolves.toMatchObject({ code: 0 });
    const next = await rowOf(registry);
    expect(next?.['id']).not.toBe(row?.['id']);
    expect(next?.['pid']).toBe(await holderOf(own));
    await expect(own.run(['stop', ID])).resolves.toMatchObject({
      code: 0,
      stdout: `stopped (PID ${String(next?.['pid'])})\n`,
    });
    await expect(rowOf(registry)).resolves.toBeUndefined();
    expect(fs.existsSync(own.pidFile)).toBe(false);
    await expect(own.run(['stop', ID])).resolves.toMatchObject({ code: 1 });
    expect(own.log()).toMatch(/INFO Started as process[^]*INFO Stopped: SIGTERM received\.\n$/);
  });

  it('refuses what it does not understand, with the usage on stderr and status 2', async () => {
    const own = project(CALLS);
    const outcomes = await Promise.all(
      [[], [ID], ['start', 'nobody'], [ID, 'launch'], [ID, 'start', '-x']].map((words) =>
        own.run(words),
      ),
    );
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('Usage: work.mjs <worker_id> <command> [-f]');
    }
    expect(outcomes[2]?.stderr).toContain('The worker_id "nobody" is not a UUID.');
    await expect(own.run(['--help'])).resolves.toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses a script that is not below "workers"', async () => {
    const own = project(CALLS, { name: 'jobs/work.mjs' });
    const { code, stderr } = await own.run([ID, 'start']);
    expect(code).toBe(2);
    expect(stderr).toContain('in no folder called "workers"');
  });

  it('can be stopped and asked with a broken configuration; a restart leaves it alone', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: registry.conf });
    await own.run([ID, 'start']);
    const pid = await holderOf(own);
    own.write('uniphant.conf', 'nonsense\nhost_id=1\n');
    const restarted = await own.run([ID, 'restart']);
    expect(restarted.code).toBe(2);
    expect(restarted.stderr).toContain('uniphant.conf:1: the line has no "="');
    expect(restarted.stderr).toContain('uniphant.conf:2: the key "host_id" is reserved');
    await expect(own.run([ID, 'status'])).resolves.toMatchObject({
      code: 0,
      stdout: `running (PID ${pid})\n`,
    });
    await expect(own.run([ID, 'stop'])).resolves.toMatchObject({ code: 0 });
  });

  it('that cannot start says why, ends with a status, and leaves nothing behind', async () => {
    const registry = await registryDatabase('empty');
    const own = project(CALLS, { conf: registry.conf });
    for (const words of [
      [ID, 'start'],
      [ID, 'start', '-f'],
    ]) {
      const { code, stderr } = await own.run(words);
      expect(code).toBe(1);
      expect(stderr).toContain('Run "rodent db migrate".');
    }
    await expect(holderOf(own)).resolves.toBeUndefined();
    expect(own.log()).toContain('Run "rodent db migrate".');
  });

  it('whose module fails says so to whoever starts it', async () => {
    const own = project(`if (process.env.FAIL) throw new Error('no such thing');\n${CALLS}`);
    const { code, stderr } = await own.run([ID, 'start'], { env: { FAIL: '1' } });
    expect(code).toBe(1);
    expect(stderr).toContain('no such thing');
  });

  it('runs once, however many start it at the same moment', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: registry.conf });
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => own.run([ID, 'start'])));
    expect(outcomes.map(({ code }) => String(code)).toSorted()).toEqual(['0', '1', '1', '1']);
    await expect(rowOf(registry)).resolves.toMatchObject({ pid: await holderOf(own) });
    await own.run([ID, 'stop']);
  });

  it('is taken over at once after kill -9', async () => {
    const registry = await registryDatabase();
    const own = project(CALLS, { conf: registry.conf });
    await own.run([ID, 'start']);
    const before = await rowOf(registry);
    process.kill(Number(before?.['pid']), 'SIGKILL');
    await gone(own);
    await expect(own.run([ID, 'status'])).resolves.toMatchObject({ code: 3 });
    await expect(own.run([ID, 'start'])).resolves.toMatchObject({ code: 0 });
    const after = await rowOf(registry);
    expect(after?.['id']).not.toBe(before?.['id']);
    expect(after?.['pid']).toBe(await holderOf(own));
    await own.run([ID, 'stop']);
  });

  it('writes what it prints in the background into its log, below its own folder', async () => {
    const own = project(
      `await worker.main(() => console.log('printed in', process.cwd(), process.umask()));`,
    );
    await own.run([ID, 'start']);
    const [, cwd, umask] = await own.logged(/^printed in (\S+) (\d+)$/m);
    expect(cwd).toBe(path.dirname(own.script));
    expect(Number(umask)).toBe(0o002);
    await own.run([ID, 'stop']);
  });

  it('gives its function the configuration with all initial keys, and keeps secrets to itself', async () => {
    const own = project(
      `await worker.main((config, log) => log.info('config ' + JSON.stringify(config)));`,
      { conf: ['PGHOST=/nowhere', 'colour=red'] },
    );
    const secrets = path.join(own.home, '.uniphant', 'secrets', 'workers');
    fs.mkdirSync(secrets, { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(secrets, 'secrets.conf'), 'pin=hunter2\n', { mode: 0o600 });
    await own.run([ID, 'start']);
    const [, text = ''] = await own.logged(/config (\{.*\})$/m);
    const config = JSON.parse(text) as Record<string, unknown>;
    await own.run([ID, 'stop']);
    expect(config).toMatchObject({
      root_dir: own.root,
      script_dir: path.dirname(own.script),
      worker_type: 'test.work',
      lock_file: path.join(own.root, '.lock'),
      host_id_file: path.join(own.root, '.host_id'),
      host_id: fs.readFileSync(path.join(own.root, '.host_id'), 'utf8').trim(),
      foreground: false,
      worker_id: ID,
      secret_dir: path.join(own.home, '.uniphant/secrets/workers/test'),
      colour: 'red',
      pin: '[redacted]',
    });
    expect(own.log()).not.toContain('hunter2');
  });

  it('can be put together from the functions that main is made of', async () => {
    const registry = await registryDatabase();
    const own = project(
      `process.on('SIGTERM', worker.signalHandler);
      const config = await worker.setupConfig();
      const pidFile = worker.getPidFilePath(config);
      const connection = await worker.connectToDatabase(config);
      const work = (config, log) => log.info('called');
      if (config.foreground) await worker.run(config, connection, work, pidFile);
      else console.log(JSON.stringify(await worker.startDaemon(config, connection, work, pidFile)));`,
      { conf: registry.conf },
    );
    const program = own.start([ID, '-f']);
    await own.logged(/INFO called/);
    await expect(rowOf(registry)).resolves.toMatchObject({ pid: program.pid });
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
    const { stdout } = await own.run([ID]);
    const { role, pid } = JSON.parse(stdout) as { readonly role: string; readonly pid: number };
    expect(role).toBe('parent');
    await expect(rowOf(registry)).resolves.toMatchObject({ pid });
    process.kill(pid, 'SIGTERM');
    await gone(own);
  });

  it('goes on when nobody reads its output any more', async () => {
    const own = project(CALLS, { conf: ['PGHOST=/nowhere', 'pause_ms=20'] });
    const program = own.start([ID, 'start', '-f']);
    await own.logged(/INFO called/);
    program.child.stdout?.destroy();
    const seen = own.log().length;
    await until('more calls', () => own.log().slice(seen).split('called').length > 10);
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 0, signal: null });
  });
});
