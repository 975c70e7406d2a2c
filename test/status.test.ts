/** `rodent status` as its users see it, on a stand-in for a supervisor with workers. */

import { describe, expect, test } from 'vitest';

import { program, service, worker } from '../internal/instance/testing/index.js';
import { hasTerminal, onTerminal, stage } from '../internal/instance/testing/stage.js';
import { until } from './support/index.js';

describe('rodent status', () => {
  const workers = [worker(), worker({ name: 'http-2', state: 'BACKOFF' }), program()];
  const said = service({ wanted: 2, workers });

  test('shows the service and the tree of its processes', async () => {
    const own = await stage({ 'GET /status': () => said });
    const { code, stdout } = await own.run(['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ready +http:\/\/127\.0\.0\.1:8042$/m);
    expect(stdout).toMatch(/^workers +1 of 2 running$/m);
    expect(stdout).toMatch(/^supervisor +4127 +ready/m);
    expect(stdout).toMatch(/^├─ http-2 +4130 +BACKOFF/m);
    expect(stdout).toMatch(/^└─ program mailer +STOPPED$/m);
    expect(stdout).not.toContain('\u001B');
  });

  test('--json prints everything', async () => {
    const own = await stage({ 'GET /status': () => said });
    const { stdout } = await own.run(['status', '--json']);
    expect(JSON.parse(stdout)).toEqual({ state: 'running', pid: 4127, service: said });
  });

  test('shows a service without a supervisor as ever', async () => {
    const own = await stage({ 'GET /status': () => service({ isSupervised: false }) });
    const { stdout } = await own.run(['status']);
    expect(stdout).not.toMatch(/supervisor|workers/);
  });

  test('--watch prints a page for each change and ends with the service', async () => {
    let state: 'RUNNING' | 'BACKOFF' = 'RUNNING';
    let asked = 0;
    const own = await stage({
      'GET /status': () => {
        asked += 1;
        return service({ uptimeMs: asked, workers: [worker({ state, uptimeMs: asked })] });
      },
    });
    const watcher = own.start(['status', '--watch']);
    await until('the second look', () => asked > 1);
    state = 'BACKOFF';
    await watcher.line(/BACKOFF/);
    await own.close();
    await expect(watcher.exit).resolves.toMatchObject({ code: 3 });
    expect(watcher.stdout().match(/^supervisor/gm)).toHaveLength(2);
    expect(watcher.stdout()).toMatch(/not running/);
  });

  test('--watch --json prints a line for each change and ends with 0 on INT', async () => {
    const own = await stage({ 'GET /status': () => said });
    const watcher = own.start(['status', '--watch', '--json']);
    await watcher.line(/\n/);
    watcher.child.kill('SIGINT');
    await expect(watcher.exit).resolves.toMatchObject({ code: 0 });
    expect(JSON.parse(watcher.stdout())).toMatchObject({ state: 'running' });
  });
});

const ENTER = '\u001B[?1049h';
const LEAVE = '\u001B[?1049l';

describe.skipIf(!hasTerminal)('on a terminal', () => {
  test('status is painted and fits', async () => {
    const own = await stage({ 'GET /status': () => service({ workers: [worker()] }) });
    const screen = onTerminal(own, 'status');
    await expect(screen.exit).resolves.toBe(0);
    expect(screen.text()).toContain('\u001B[32mRUNNING\u001B[39m');
    expect(screen.text()).not.toContain('loop p99');
  });

  test('status --watch draws in place and gives the terminal back on Ctrl-C', async () => {
    let asked = 0;
    const own = await stage({
      'GET /status': () => {
        asked += 1;
        return service({ phase: `look${asked}` });
      },
    });
    const screen = onTerminal(own, 'status --watch');
    await until('the second look', () => screen.text().includes('look2'));
    expect(screen.text()).not.toContain(LEAVE);
    screen.type('\u0003');
    await expect(screen.exit).resolves.toBe(0);
    const [before, inside, after] = screen.text().split(ENTER).join(LEAVE).split(LEAVE);
    expect(before).not.toContain('look1');
    expect(inside).toContain('look1');
    expect(after).toMatch(/look\d/);
    // The cursor came back after it had gone.
    expect(after).not.toContain('\u001B[?25l');
    expect(inside).toContain('\u001B[?25h');
  });

  test('status --watch gives the terminal back when the service ends', async () => {
    const own = await stage({ 'GET /status': () => service() });
    const screen = onTerminal(own, 'status --watch');
    await until('the first look', () => screen.text().includes('4127'));
    await own.close();
    await expect(screen.exit).resolves.toBe(3);
    expect(screen.text().split(ENTER)).toHaveLength(2);
    expect(screen.text().split(LEAVE)[1]).toMatch(/not running/);
  });
});
