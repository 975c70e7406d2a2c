/** The host's id: one for all who ask, and never a broken one. */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { spawnNode, tempDir } from '../../test/support/index.js';
import * as host from './index.js';

const ASKER = fileURLToPath(new URL('fixtures/asker.mjs', import.meta.url));

describe('getOrCreateId()', () => {
  test('makes an id once and gives it back ever after', async () => {
    const file = path.join(tempDir(), 'shop', '.host_id');
    const id = await host.getOrCreateId(file);
    expect(host.isUuid(id)).toBe(true);
    expect(fs.readFileSync(file, 'utf8')).toBe(`${id}\n`);
    await expect(host.getOrCreateId(file)).resolves.toBe(id);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['.host_id']);
  });

  test('writes the initial id that it is given, and keeps one that is there', async () => {
    const file = path.join(tempDir(), '.host_id');
    const initial = randomUUID();
    await expect(host.getOrCreateId(file, { initial: initial.toUpperCase() })).resolves.toBe(
      initial,
    );
    await expect(host.getOrCreateId(file, { initial: randomUUID() })).resolves.toBe(initial);
  });

  test('reads an id with white space around it, in any case', async () => {
    const file = path.join(tempDir(), '.host_id');
    const id = randomUUID();
    fs.writeFileSync(file, ` \r\n${id.toUpperCase()}\t\n\n`);
    await expect(host.getOrCreateId(file)).resolves.toBe(id);
  });

  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['half an id', randomUUID().slice(0, 20)],
    ['two ids', `${randomUUID()}\n${randomUUID()}\n`],
    ['braces', `{${randomUUID()}}`],
  ])('refuses a file that holds %s, names it and leaves it alone', async (_, content) => {
    const file = path.join(tempDir(), '.host_id');
    fs.writeFileSync(file, content);
    await expect(host.getOrCreateId(file)).rejects.toMatchObject({
      code: 'FILE',
      detail: expect.stringContaining(`"${file}" holds no host id`) as string,
    });
    expect(fs.readFileSync(file, 'utf8')).toBe(content);
  });

  test('names a file that cannot be read', async () => {
    const dir = tempDir();
    await expect(host.getOrCreateId(dir)).rejects.toMatchObject({
      code: 'FILE',
      detail: expect.stringContaining(`"${dir}"`) as string,
    });
    const below = path.join(dir, 'file', '.host_id');
    fs.writeFileSync(path.join(dir, 'file'), '');
    await expect(host.getOrCreateId(below)).rejects.toMatchObject({ code: 'FILE' });
  });

  test('refuses an initial id that is none, before it touches the file', async () => {
    const file = path.join(tempDir(), '.host_id');
    await expect(host.getOrCreateId(file, { initial: 'web1' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(fs.existsSync(file)).toBe(false);
  });

  test('gives the same id to 60 who ask at once from 6 processes', async () => {
    const file = path.join(tempDir(), '.host_id');
    const programs = Array.from({ length: 6 }, () =>
      spawnNode(ASKER, [file, '10'], { stdio: ['pipe', 'pipe', 'pipe'] }),
    );
    await Promise.all(programs.map((program) => program.line(/^up$/m)));
    for (const program of programs) program.child.stdin?.write('go\n');
    const lines = await Promise.all(programs.map((program) => program.line(/^\{.*\}$/m)));
    const ids = lines.flatMap(([line]) => (JSON.parse(line) as { ids: string[] }).ids);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(1);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['.host_id']);
  });
});

describe('isUuid()', () => {
  test('knows the canonical form in any case', () => {
    fc.assert(fc.property(fc.uuid(), (id) => host.isUuid(id) && host.isUuid(id.toUpperCase())));
  });

  test('never throws, whatever it is given, and takes nothing that an id is only a part of', () => {
    fc.assert(fc.property(fc.anything(), (value) => !host.isUuid(value as string)));
    fc.assert(
      fc.property(fc.uuid(), fc.string({ minLength: 1 }), (id, more) => !host.isUuid(id + more)),
    );
    expect(host.isUuid(`${randomUUID()}\n`)).toBe(false);
    expect(host.isUuid(randomUUID().replaceAll('-', ''))).toBe(false);
  });
});
