/** What a PID file may hold. Source: prior art, attack and abuse list. */

import fs from 'node:fs';

import { expect, test } from 'vitest';

import * as pidfile from './index.js';
import { SUFFIXES, pidPath, put, startHolder, tryOut } from './testing/index.js';

const NO_PIDS = [
  '',
  '\n',
  ' ',
  '0',
  '-1',
  '1',
  '1\n',
  'true',
  '[]',
  '0x1',
  '1e0',
  '123abc',
  '012',
  '4194305',
  '99999999999',
];

test('5 process.kill: sendSignal() takes none of what process.kill reads as a group or another PID', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  for (const text of NO_PIDS) {
    fs.writeFileSync(file, text);
    await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
      code: 'SIGNAL_REFUSED',
    });
  }
  expect(holder.child.exitCode).toBeNull();
});

const ODD: Readonly<Record<string, (pid: number) => string | Buffer>> = {
  '10 MB': () => Buffer.alloc(10_000_000, '1'),
  NULs: (pid) => `${pid}\0\0`,
  'a byte order mark': (pid) => `\u{FEFF}${pid}\n`,
  CRLF: (pid) => `${pid}\r\n`,
  'full-width digits': (pid) =>
    String(pid).replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'several numbers': (pid) => `${pid}\n${pid}\n`,
  'a torn write': (pid) => String(pid).slice(0, -1),
};

test('7 content: sendSignal() takes digits with or without a newline, and nothing odd', async () => {
  const file = pidPath();
  const holder = await startHolder(file);
  for (const make of Object.values(ODD)) {
    fs.writeFileSync(file, make(holder.pid));
    await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
      code: 'SIGNAL_REFUSED',
    });
  }
  fs.truncateSync(file, 10_000_000_000);
  await expect(pidfile.sendSignal(file, 'SIGKILL')).rejects.toMatchObject({
    code: 'SIGNAL_REFUSED',
  });
  fs.writeFileSync(file, String(holder.pid));
  expect(await pidfile.sendSignal(file, 'SIGKILL')).toBe(holder.pid);
});

test('7 content: huge, sparse and malformed files of each kind are refused or replaced, never read whole', async () => {
  for (const suffix of SUFFIXES) {
    const file = pidPath();
    put(`${file}${suffix}`, '');
    fs.truncateSync(`${file}${suffix}`, 10_000_000_000);
    expect(await tryOut(file)).toBe(suffix === '.state' ? 'claimed' : 'PID_FILE');
  }
  for (const text of ['{', 'null', '[]', '{"format":1}', '{"format":1,"pid":-1}', '\0\0']) {
    const file = pidPath();
    put(`${file}.state`, text);
    expect(await tryOut(file)).toBe('claimed');
  }
});
