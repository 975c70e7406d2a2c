/** How worker scripts end, and what their failures do. */

import { describe, expect, it } from 'vitest';

import { CALLS, ID, gone, holderOf, project } from '../internal/worker/testing/project.js';
import { spawnNode } from './support/index.js';

describe('the end of a worker', () => {
  it('comes to a long call as an aborted signal', async () => {
    const own = project(
      `import { setTimeout as sleep } from 'node:timers/promises';
      await worker.main(async (config, log, db, ctx) => {
        log.info('waiting');
        await sleep(3_600_000, undefined, { signal: ctx.signal });
      });`,
    );
    await own.run([ID, 'start']);
    await own.logged(/waiting/);
    await expect(own.run([ID, 'stop'])).resolves.toMatchObject({ code: 0 });
    expect(own.log()).not.toContain('ERROR');
    expect(own.log()).toContain('Stopped: SIGTERM received.');
  });

  it('comes after the grace to a call that does not listen, with an error that says so', async () => {
    const own = project(`await worker.main((c, log) => new Promise(() => log.info('deaf')));`, {
      conf: ['PGHOST=/nowhere', 'grace_ms=100'],
    });
    const program = own.start([ID, 'start', '-f']);
    await own.logged(/deaf/);
    program.child.kill('SIGTERM');
    await expect(program.exit).resolves.toEqual({ code: 124, signal: null });
    expect(program.stderr()).toContain('has not returned within 0.1 s');
    expect(own.log()).toContain('has not returned within 0.1 s');
  });

  it('comes by KILL to one that is stuck, and is told', async () => {
    const own = project(`await worker.main((c, log) => { log.info('stuck'); for (;;); });`, {
      conf: ['PGHOST=/nowhere', 'stop_timeout_ms=1500'],
    });
    await own.run([ID, 'start']);
    await own.logged(/stuck/);
    const { code, stderr } = await own.run([ID, 'stop']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Waiting for process \d+ to end\.\n[^]*killing it\.\n/);
    await expect(holderOf(own)).resolves.toBeUndefined();
  });

  it('comes in the foreground with the parent, however that went', async () => {
    const own = project(CALLS, { conf: ['PGHOST=/nowhere', 'pause_ms=20'] });
    const parent = own.write(
      'parent.mjs',
      `import { spawn } from 'node:child_process';
      spawn(process.execPath, process.argv.slice(2), { stdio: 'ignore' });
      setInterval(() => undefined, 1000);`,
    );
    const program = spawnNode(parent, [own.script, ID, 'start', '-f'], {
      env: { HOME: own.home },
    });
    await own.logged(/called/);
    const pid = await holderOf(own);
    program.child.kill('SIGKILL');
    await gone(own);
    await own.logged(/Stopped: parent process \d+ is gone\./);
    expect(pid).toBeGreaterThan(0);
  });
});

describe('a worker function that fails', () => {
  it('is called again, each failure logged with its stack', async () => {
    const own = project(
      `let calls = 0;
      await worker.main((config, log) => {
        calls += 1;
        if (calls < 3) throw new Error('failure ' + calls);
        log.info('recovered');
      });`,
    );
    await own.run([ID, 'start']);
    await own.logged(/recovered/);
    await own.run([ID, 'stop']);
    expect(own.log()).toMatch(
      /ERROR The worker function failed; failures in a row: 1\.\n {2}Error: failure 1\n {6}at/,
    );
    expect(own.log()).toContain('failures in a row: 2.\n  Error: failure 2');
  });

  it('ends a supervised worker after some failures, to be started afresh', async () => {
    const own = project(`await worker.main(async () => { throw new Error('always'); });`, {
      conf: ['PGHOST=/nowhere', 'max_failures=2'],
    });
    const program = own.start([ID, 'start', '-f']);
    await expect(program.exit).resolves.toEqual({ code: 1, signal: null });
    expect(program.stderr()).toContain('The worker function failed 2 times in a row: always');
  });

  it('is an error of the worker when nobody catches it', async () => {
    const own = project(
      `await worker.main((config, log) => { setTimeout(() => { throw new Error('astray'); }); });`,
    );
    const program = own.start([ID, 'start', '-f']);
    await expect(program.exit).resolves.toEqual({ code: 1, signal: null });
    expect(own.log()).toContain('astray');
    expect(own.log()).toMatch(/INFO Stopped: astray\.\n$/);
  });
});
