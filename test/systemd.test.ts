/** What systemd hears of a whole service: a program in the place of systemd-notify writes it down. */

import fs from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { project, until } from './support/index.js';
import type { Project } from './support/index.js';

const APP = `
export default { fetch: () => new Response(process.env.NOTIFY_SOCKET ?? 'none of ours') };
`;

/** A project whose `bin/systemd-notify` keeps its words, and the variables of a unit of Type=notify. */
async function unit(): Promise<{ own: Project; env: Record<string, string>; heard: () => string }> {
  const own = await project(APP, { conf: ['workers=1'] });
  const file = path.join(own.dir, 'heard');
  const program = own.write('bin/systemd-notify', `#!/bin/sh\necho "$@" >> ${file}\n`);
  fs.chmodSync(program, 0o755);
  const env = {
    NOTIFY_SOCKET: path.join(own.dir, 'notify.sock'),
    WATCHDOG_USEC: '400000',
    PATH: `${path.dirname(program)}:${process.env['PATH'] ?? ''}`,
  };
  return { own, env, heard: () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '') };
}

test('READY, pings, a reload and STOPPING come in this order, and the workers hear nothing of it', async () => {
  const { own, env, heard } = await unit();
  const program = await own.serve([], { env });
  await until('READY', () => heard().includes('READY=1'));
  await until('a ping', () => heard().includes('WATCHDOG=1'));
  expect(await (await fetch(own.url)).text()).toBe('none of ours');
  expect((await own.run(['reload'])).code).toBe(0);
  await until('the end of the reload', () => /RELOADING=1[^]*READY=1/.test(heard()));
  program.child.kill('SIGTERM');
  expect((await program.exit).code).toBe(0);
  expect(heard()).toMatch(/READY=1[^]*RELOADING=1[^]*READY=1[^]*STOPPING=1/);
});

test('a successor names itself as the main process before the old one leaves', async () => {
  const { own, env, heard } = await unit();
  const program = await own.serve([], { env });
  expect((await own.run(['restart'])).code).toBe(0);
  await until('the successor', () => own.pid() !== program.pid);
  expect(heard()).toContain(`MAINPID=${own.pid() ?? 0}`);
  expect(heard()).not.toContain('STOPPING=1');
  expect((await own.run(['stop'])).code).toBe(0);
  await until('the end', () => heard().includes('STOPPING=1'));
  await program.exit;
});
