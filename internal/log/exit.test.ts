import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';

const WRITER = fileURLToPath(new URL('fixtures/writer.mjs', import.meta.url));
const COUNT = 20_000;

/** The numbers of the request ids, in the order of the lines; fails on a line that is no record. */
function numbersIn(text: string): number[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map((record) => Number(record.context_data.request_id.split('-')[1]));
}

const ALL = Array.from({ length: COUNT }, (_value, n) => n);

describe.each([
  ['process.exit(1)', 'exit', 1],
  ['an uncaught error', 'throw', 1],
  ['the natural end', 'natural', 0],
] as const)('%s', (_name, end, status) => {
  test('loses no line of any file', async () => {
    const dir = path.join(tempDir(), 'log');
    const writer = spawnNode(WRITER, [JSON.stringify({ dir, count: COUNT, end })]);
    expect((await writer.exit).code).toBe(status);
    expect(numbersIn(fs.readFileSync(path.join(dir, 'access.log'), 'utf8'))).toEqual(ALL);
    const server = fs.readFileSync(path.join(dir, 'error.log'), 'utf8').trimEnd().split('\n');
    expect(server.map((line) => JSON.parse(line).context_data.n)).toEqual(ALL.slice(0, COUNT / 10));
    const app = fs.readFileSync(path.join(dir, 'app.log'), 'utf8').trimEnd().split('\n');
    expect(app).toHaveLength(COUNT / 10);
    expect(fs.statSync(path.join(dir, 'access.log')).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test('loses no line of a pipe', async () => {
    const writer = spawnNode(WRITER, [JSON.stringify({ count: COUNT, end })]);
    expect((await writer.exit).code).toBe(status);
    expect(numbersIn(writer.stdout())).toEqual(ALL);
  });
});

test('on a terminal, each record is a line of its own', async () => {
  const options = { format: 'pretty' };
  const writer = spawnNode(WRITER, [JSON.stringify({ count: 10, end: 'natural', options })]);
  expect((await writer.exit).code).toBe(0);
  const lines = writer.stdout().trimEnd().split('\n');
  expect(lines).toHaveLength(10);
  for (const line of lines) expect(line).toMatch(/INFO {2}GET .* request_id=a-\d$/);
});

test('close() on SIGTERM loses no line', async () => {
  const dir = tempDir();
  const options = { flushMs: 3_600_000 };
  const writer = spawnNode(WRITER, [
    JSON.stringify({ dir, count: 20_003, end: 'signal', options }),
  ]);
  await writer.line(/waiting/);
  writer.child.kill('SIGTERM');
  expect((await writer.exit).code).toBe(0);
  expect(numbersIn(fs.readFileSync(path.join(dir, 'access.log'), 'utf8'))).toHaveLength(20_003);
});

test('a pipe that is full for a while gets every line, at exit too', async () => {
  const count = 10_000; // Less than the backlog holds, more than a pipe does.
  const argument = JSON.stringify({ count, end: 'exit', touchStdout: true });
  const child = spawn(process.execPath, [WRITER, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  await once(child.stderr, 'data'); // All lines are written before the first one is read.
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await closed;
  expect(numbersIn(text)).toEqual(ALL.slice(0, count));
});

test('a reader that has stopped reading delays the end by seconds, never for ever', async () => {
  const argument = JSON.stringify({ count: 40_000, end: 'exit', touchStdout: true });
  const child = spawn(process.execPath, [WRITER, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const closed = once(child, 'close');
  expect(await once(child, 'exit')).toEqual([1, null]);
  child.stdout.destroy(); // Never read, so that it would never end.
  await closed;
  expect(stderr).toContain(
    'Cannot write to stdout: its reader takes nothing; records are dropped.',
  );
});
