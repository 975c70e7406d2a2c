/** The log of a worker. */

import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { readConfigFiles } from './files.js';
import type { WorkerLog } from './logging.js';
import { setupLogging } from './logging.js';
import { tree } from './testing/tree.js';

const ID = '0a1b2c3d-0000-4000-8000-00000000e1f0';
const NAMES = { worker_type: 'opentdb.get', worker_id: ID, foreground: false } as const;

function textOf(log: WorkerLog): string {
  log.close();
  return fs.readFileSync(log.file, 'utf8');
}

describe('setupLogging()', () => {
  it('appends lines of time, id and type, level and message to the file of the worker', () => {
    const root = tempDir();
    for (const message of ['first', 'second']) {
      const log = setupLogging({ root_dir: root, ...NAMES });
      log.info(message, { n: 1 });
      log.close();
    }
    const text = fs.readFileSync(path.join(root, 'log', 'opentdb.get', `${ID}.log`), 'utf8');
    expect(text).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 0a1b2c3d-\S+ opentdb\.get INFO first \{ n: 1 \}\n/,
    );
    expect(text.split('\n')[1]).toMatch(/INFO second \{ n: 1 \}$/);
  });

  it('writes from the level on that log_level says, info by default', () => {
    const config = { root_dir: tempDir(), ...NAMES };
    const log = setupLogging(config);
    log.debug('hidden');
    log.level = 'debug';
    log.debug('shown');
    expect(textOf(log)).toMatch(/^\S+ \S+ \S+ DEBUG shown\n$/);
    const loud = setupLogging({ ...config, log_level: 'error' });
    loud.warn('hidden');
    expect(textOf(loud)).not.toContain('hidden');
    expect(() => setupLogging({ ...config, log_level: 'loud' })).toThrow(
      'debug, info, warn, error',
    );
  });

  it('shows an error with its stack and its cause on lines that are set in', () => {
    const log = setupLogging({ root_dir: tempDir(), ...NAMES });
    log.error('It failed.', new Error('no', { cause: new Error('because') }));
    const lines = textOf(log).trimEnd().split('\n');
    expect(lines[0]).toMatch(/ERROR It failed\.$/);
    expect(lines[1]).toBe('  Error: no');
    expect(lines.slice(1).every((line) => line.startsWith('  '))).toBe(true);
    expect(lines.some((line) => line.includes('because'))).toBe(true);
  });

  it('keeps a message from passing for two lines', () => {
    const log = setupLogging({ root_dir: tempDir(), ...NAMES });
    log.info('one\n2026-01-01T00:00:00.000Z forged\r');
    expect(textOf(log).split('\n')).toHaveLength(2);
  });

  it('takes secrets out of whatever is logged, also from a copy of the dictionary', () => {
    const own = tree();
    own.write('uniphant.conf', 'api_token=tok-12345', 'PGUSER=rodent');
    own.writeSecret('workers/secrets.conf', 'pin=hunter2', 'PGDATABASE=shop', 'short=abc');
    const config = readConfigFiles({ root_dir: own.root, script_dir: own.scriptDir, ...NAMES });
    const log = setupLogging({ ...config });
    log.info('hunter2 and tok-12345 for rodent at shop', config);
    log.error(new Error('hunter2 in postgres://u:pw@host/x'));
    const text = textOf(log);
    expect(text).not.toMatch(/hunter2|tok-12345|:pw@/);
    expect(text).toContain('[redacted] and [redacted] for rodent at shop');
  });

  it('takes them out of what the program prints, too, in whatever encoding', () => {
    const own = tree();
    own.writeSecret('workers/secrets.conf', 'pin=hunter2');
    const config = readConfigFiles({ root_dir: own.root, script_dir: own.scriptDir, ...NAMES });
    const log = setupLogging(config);
    log.captureOutput();
    process.stdout.write('the pin is hunter2\n');
    process.stdout.write('c2Now7Zu\n', 'base64');
    process.stderr.write(Buffer.from('ü').subarray(0, 1));
    process.stderr.write(Buffer.from('ü\n').subarray(1));
    expect(textOf(log)).toBe('the pin is [redacted]\nschönü\n');
  });

  it('goes on under its name after somebody has renamed the file', async () => {
    const log = setupLogging({ root_dir: tempDir(), ...NAMES });
    log.info('before');
    fs.renameSync(log.file, `${log.file}.old`);
    await expect
      .poll(
        () => {
          log.info('after');
          return fs.existsSync(log.file) && fs.readFileSync(log.file, 'utf8');
        },
        { timeout: 30_000 },
      )
      .toContain('after');
    expect(fs.readFileSync(`${log.file}.old`, 'utf8')).toContain('before');
    log.close();
  });

  it('refuses a file that cannot be made', () => {
    const root = tempDir();
    fs.writeFileSync(path.join(root, 'log'), '');
    expect(() => setupLogging({ root_dir: root, ...NAMES })).toThrow('Cannot write the log file');
  });
});
