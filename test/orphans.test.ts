/** What kills the supervisor leaves nobody behind. */

import { describe, expect, test } from 'vitest';

import { processesIn, supervised, until } from './support/index.js';

const APP = `
function spin() { for (;;) {} }
export default {
  fetch(request) {
    if (new URL(request.url).pathname === '/spin') setImmediate(spin);
    return new Response('pid ' + process.pid);
  },
};
`;

describe('the supervisor', () => {
  test('killed leaves nobody behind, and the next start finds the port free', async () => {
    const own = await supervised(APP);
    process.kill(own.pid() ?? 0, 'SIGKILL');
    await until('everybody to end', () => processesIn(own.dir).length === 0);
    const again = await own.run(['serve', '-d']);
    expect(again.stderr).not.toContain('Cannot');
    expect(again.code).toBe(0);
    expect((await fetch(own.url)).status).toBe(200);
    expect((await own.run(['stop'])).code).toBe(0);
  });

  test('killed while a worker hangs leaves nobody behind either', async () => {
    const own = await supervised(APP, ['workers.timeout=2s']);
    await fetch(`${own.url}/spin`).catch(() => undefined);
    process.kill(own.pid() ?? 0, 'SIGKILL');
    await until('everybody to end', () => processesIn(own.dir).length === 0);
  });

  test('killed and started again at once waits for what it left', async () => {
    const own = await supervised(APP);
    process.kill(own.pid() ?? 0, 'SIGKILL');
    const again = await own.run(['serve', '-d']);
    expect(again.code).toBe(0);
    const { workers } = await own.status();
    const known = [own.pid(), ...workers.map(({ pid }) => pid)];
    expect(new Set(processesIn(own.dir))).toEqual(new Set(known));
  });
});
