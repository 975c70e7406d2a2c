/** Processes and PID files. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import * as pidfile from '../pidfile/index.js';
import {
  getPidFilePath,
  getPidForRunningProcess,
  isParentAlive,
  isPidAlive,
  stopRunningProcess,
} from './processes.js';

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return child.pid ?? Number.NaN;
}

describe('processes', () => {
  it('isPidAlive() knows the living, those of others and the dead', async () => {
    expect(isPidAlive(process.pid)).toBe(true);
    expect(isPidAlive(1)).toBe(true);
    expect(isPidAlive(await deadPid())).toBe(false);
    expect(isPidAlive(Number.NaN)).toBe(false);
    expect(isPidAlive(-1)).toBe(false);
  });

  it('isParentAlive() is not deceived by a number that lives', () => {
    expect(isParentAlive(process.ppid)).toBe(true);
    expect(isParentAlive(process.pid)).toBe(false);
  });

  it('getPidFilePath() puts the worker below its type', () => {
    const config = { root_dir: '/srv/app', worker_type: 'a.b', worker_id: 'x' };
    expect(getPidFilePath(config)).toBe('/srv/app/pid/a.b/x.pid');
  });

  it('getPidForRunningProcess() finds the holder, and nobody without a file', async () => {
    const file = path.join(tempDir(), 'w.pid');
    await expect(getPidForRunningProcess(file)).resolves.toBeUndefined();
    await expect(getPidForRunningProcess(path.join(file, 'x', 'y.pid'))).resolves.toBeUndefined();
    const claim = await pidfile.claim(file);
    claim.publish();
    await expect(getPidForRunningProcess(file)).resolves.toBe(process.pid);
    claim.release();
    await expect(getPidForRunningProcess(file)).resolves.toBeUndefined();
  });

  it.each(['', '12', `${process.pid}\n`])(
    'getPidForRunningProcess() removes what a dead one left (%j)',
    async (content) => {
      const file = path.join(tempDir(), 'w.pid');
      fs.writeFileSync(file, content === '12' ? `${await deadPid()}\n` : content);
      await expect(getPidForRunningProcess(file)).resolves.toBeUndefined();
      expect(fs.existsSync(file)).toBe(false);
    },
  );

  it('stopRunningProcess() says that there is nothing to stop', async () => {
    const file = path.join(tempDir(), 'w.pid');
    fs.writeFileSync(file, `${process.pid}\n`);
    await expect(stopRunningProcess(file)).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_RUNNING' }),
    );
  });
});
