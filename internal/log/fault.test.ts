import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as log from './index.js';

const CHATTER = fileURLToPath(new URL('fixtures/chatter.mjs', import.meta.url));
const IS_ROOT = process.getuid?.() === 0 && process.platform === 'linux';

/** Mounts a file system of 64 KiB at a new folder, until the test ends. */
function tinyDisk(): string {
  const dir = tempDir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]);
  onTestFinished(() => void execFileSync('umount', ['-l', dir]));
  return dir;
}

function outcomeOf(stderr: string): { written: number; stats: log.Stats } {
  return JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '{}');
}

test('a reader that goes away ends neither the service nor its other work', async () => {
  const chatter = spawnNode(CHATTER, ['{}']);
  await chatter.line(/"Chatter"/);
  chatter.child.stdout?.destroy();
  await chatter.line(/Cannot write to stdout: its reader is gone; records are dropped\./);
  chatter.child.kill('SIGTERM');
  expect((await chatter.exit).code).toBe(0);
  expect(outcomeOf(chatter.stderr()).stats.streams.server.dropped).toBeGreaterThan(0);
  expect(chatter.stderr().match(/Cannot write/g)).toHaveLength(1);
});

test.runIf(process.platform === 'linux')(
  'a device that takes nothing is told once and its lines are counted',
  async () => {
    const dir = tempDir();
    fs.symlinkSync('/dev/full', path.join(dir, 'error.log'));
    const chatter = spawnNode(CHATTER, [JSON.stringify({ dir })]);
    await chatter.line(/no space left on device/);
    chatter.child.kill('SIGTERM');
    expect((await chatter.exit).code).toBe(0);
    const { written, stats } = outcomeOf(chatter.stderr());
    expect(stats.streams.server.dropped).toBe(written);
    expect(chatter.stderr().match(/Cannot write/g)).toHaveLength(1);
  },
);

test.runIf(IS_ROOT)('a full disk costs no line when space returns in time', async () => {
  const dir = tinyDisk();
  const filler = path.join(dir, 'filler');
  fs.writeFileSync(filler, Buffer.alloc(32 * 1024));
  const chatter = spawnNode(CHATTER, [JSON.stringify({ dir, everyMs: 20 })]);
  await chatter.line(/no space left on device; records wait in memory, then are dropped\./);
  fs.rmSync(filler);
  await chatter.line(/works again; 0 records were lost\./);
  chatter.child.kill('SIGTERM');
  expect((await chatter.exit).code).toBe(0);
  const { written, stats } = outcomeOf(chatter.stderr());
  const lines = fs.readFileSync(path.join(dir, 'error.log'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).context_data.n)).toHaveLength(
    written - stats.streams.server.dropped,
  );
});

test('a folder that cannot be made refuses the start with a sentence', () => {
  const file = path.join(tempDir(), 'file');
  fs.writeFileSync(file, '');
  expect(() => log.open({ dir: path.join(file, 'log') })).toThrow(
    expect.objectContaining({
      code: 'FILE',
      detail: expect.stringMatching(
        /^Cannot write the log file ".*error\.log": not a directory\.$/,
      ),
    }),
  );
});

test('a file that is a folder refuses the start, and the files opened before it are closed', () => {
  const dir = tempDir();
  fs.mkdirSync(path.join(dir, 'app.error.log'));
  const before = fs.readdirSync('/proc/self/fd').length;
  expect(() => log.open({ dir })).toThrow(/app\.error\.log": illegal operation on a directory\.$/);
  expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
});

test('with the fallback, a folder that cannot be made sends the records to stderr and says so', async () => {
  const file = path.join(tempDir(), 'file');
  fs.writeFileSync(file, '');
  const argument = JSON.stringify({ dir: path.join(file, 'log'), options: { fallback: 'stderr' } });
  const chatter = spawnNode(CHATTER, [argument]);
  await chatter.line(/not a directory\. Logging to stderr instead\./);
  await chatter.line(/"detail":"Chatter"/);
  expect(chatter.stdout()).toBe('');
});

test('a rotation that fails is told once, and the file goes on', () => {
  const dir = tempDir();
  // A folder in the place of the first old file cannot be replaced by a file.
  fs.mkdirSync(path.join(dir, 'error.log.1'));
  const problems: log.Problem[] = [];
  const service = log.open({
    dir,
    rotate: { sizeBytes: 1_000, keep: 1 },
    onProblem: (problem) => {
      problems.push(problem);
      service.record('warn', problem.detail); // A listener may log into the very stream.
    },
  });
  for (let n = 0; n < 100; n += 1) service.record('info', 'Line', { n });
  service.close();
  const lines = fs.readFileSync(path.join(dir, 'error.log'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(101);
  expect(problems.map(({ kind }) => kind)).toEqual(['rotate']);
  expect(problems[0]?.detail).toMatch(/^Cannot rotate the log file ".*": .*; it keeps growing\.$/);
});

test('a listener that throws does not disturb the log', () => {
  const dir = tempDir();
  fs.mkdirSync(path.join(dir, 'error.log.1'));
  const service = log.open({
    dir,
    rotate: { sizeBytes: 100, keep: 1 },
    onProblem: () => {
      throw new Error('listener');
    },
  });
  service.record('info', 'One');
  service.record('info', 'Two');
  service.close();
  expect(fs.readFileSync(path.join(dir, 'error.log'), 'utf8')).toMatch(/"One".*\n.*"Two"/);
});

test('records after close() are counted as dropped', () => {
  const service = log.open({ dir: tempDir() });
  service.close();
  service.record('info', 'Too late');
  expect(service.stats().streams.server.dropped).toBe(1);
});
