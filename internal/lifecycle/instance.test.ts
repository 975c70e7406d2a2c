import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import * as support from '../../test/support/index.js';
import * as lifecycle from './index.js';

const PROGRAM = path.join(import.meta.dirname, 'fixtures/program.mjs');

function start(file: string): support.Program {
  return support.spawnNode(PROGRAM, ['single', '{"name":"shop"}', file]);
}

describe('ensureSingleInstance()', () => {
  test('lets one in, refuses the other by naming the one, and is clean afterwards', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const first = start(file);
    await first.line(/holds/);
    expect(fs.readFileSync(file, 'utf8')).toBe(`${first.pid}\n`);
    const second = start(file);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toMatch(new RegExp(`^shop: .*${first.pid}.*\n$`));
    first.child.kill('SIGTERM');
    expect(await first.exit).toEqual({ code: 0, signal: null });
    expect(fs.existsSync(file)).toBe(false);
  });

  test('two at once: one wins', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const both = [start(file), start(file)];
    const loser = await Promise.race(both.map(async (program) => [await program.exit, program]));
    expect(loser[0]).toEqual({ code: 1, signal: null });
    const winner = both.find((program) => program !== loser[1]);
    await winner?.line(/holds/);
    winner?.child.kill('SIGTERM');
    expect(await winner?.exit).toEqual({ code: 0, signal: null });
  });

  test('a killed one is no obstacle', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const first = start(file);
    await first.line(/holds/);
    first.child.kill('SIGKILL');
    await first.exit;
    const second = start(file);
    await second.line(/holds/);
    second.child.kill('SIGTERM');
    expect(await second.exit).toEqual({ code: 0, signal: null });
  });

  test('says so when somebody removes the lock file', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const program = start(file);
    await program.line(/holds/);
    fs.rmSync(`${file}.lock`);
    await program.line(/The lock file of ".*shop\.pid" was removed or exchanged/);
    program.child.kill('SIGTERM');
    await program.exit;
    expect(program.stderr().split('removed or exchanged')).toHaveLength(2);
  });

  test('is released last, and publishes later where it is told to', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const life = lifecycle.create();
    const claim = await lifecycle.ensureSingleInstance(life, file, { publish: 'later' });
    expect(fs.existsSync(file)).toBe(false);
    claim.publish({ version: '1.0.0' });
    let wasThere = false;
    life.registerShutdownHook('other', () => (wasThere = fs.existsSync(file)));
    await life.shutdown();
    expect(wasThere).toBe(true);
    expect(fs.existsSync(file)).toBe(false);
  });

  test('holds nothing when the process has stopped meanwhile', async () => {
    const file = path.join(support.tempDir(), 'shop.pid');
    const life = lifecycle.create();
    const claiming = lifecycle.ensureSingleInstance(life, file);
    life.force({ kind: 'completed' });
    await expect(claiming).rejects.toMatchObject({ code: 'CANCELED' });
    expect(fs.existsSync(file)).toBe(false);
    const next = lifecycle.create();
    await lifecycle.ensureSingleInstance(next, file);
    await next.shutdown();
  });
});
