import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { tempDir } from '../../test/support/index.js';
import { LineWriter } from './watchdog-line.js';

/** A pipe that never makes anybody wait, both of its ends in one descriptor. */
function pipe(): number {
  const file = path.join(tempDir(), 'pipe');
  execFileSync('mkfifo', [file]);
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  onTestFinished(() => fs.closeSync(fd));
  return fd;
}

/** Fills the pipe to its last byte; returns how many it took. */
function fill(fd: number): number {
  let count = 0;
  for (const size of [4096, 1]) {
    try {
      for (;;) count += fs.writeSync(fd, Buffer.alloc(size, 'x'));
    } catch {
      // Full for that size.
    }
  }
  return count;
}

function drain(fd: number): string {
  const buffer = Buffer.alloc(1 << 20);
  let length = 0;
  try {
    for (;;) length += fs.readSync(fd, buffer, { offset: length });
  } catch {
    // Empty.
  }
  return buffer.toString('utf8', 0, length);
}

describe('a line', () => {
  test('goes out at once, as JSON', () => {
    const fd = pipe();
    new LineWriter(fd).write({ type: 'stuck', silentMs: 200, stack: 'at a\nat b' });
    expect(drain(fd)).toBe(String.raw`{"type":"stuck","silentMs":200,"stack":"at a\nat b"}` + '\n');
  });

  test('waits its turn, without anybody waiting for it, while the pipe is full', () => {
    const fd = pipe();
    const filling = 'x'.repeat(fill(fd));
    const writer = new LineWriter(fd);
    writer.write({ type: 'debugged', silentMs: 200 });
    writer.write({ type: 'unstuck' });
    expect(drain(fd)).toBe(filling);
    writer.flush();
    expect(drain(fd)).toBe('{"type":"debugged","silentMs":200}\n{"type":"unstuck"}\n');
    writer.flush();
    expect(drain(fd)).toBe('');
  });

  test('that nobody can read any more is dropped', () => {
    const file = path.join(tempDir(), 'closed');
    const fd = fs.openSync(file, 'w');
    fs.closeSync(fd);
    const writer = new LineWriter(fd);
    expect(() => {
      writer.write({ type: 'unstuck' });
      writer.flush();
    }).not.toThrow();
  });
});
